import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { EventJson } from "@payments/domain";
import { Webhook } from "standardwebhooks";
import type { Certificate } from "../../support/certificates.ts";

export interface ReceivedEvent {
  readonly event: EventJson;
  readonly body: string;
  /** When the first copy arrived, as `Date.now()`. */
  readonly at: number;
  copies: number;
}

export type Answer = (response: ServerResponse, request: IncomingMessage, event: EventJson) => void;

/** Receives webhooks over TLS on loopback, as the receiver of a client does. */
export interface EventReceiver {
  readonly url: string;
  /** By `webhook-id`. */
  readonly received: ReadonlyMap<string, ReceivedEvent>;
  /** Requests that break a promise: a signature that `standardwebhooks` rejects, or an id with two bodies. */
  readonly faults: readonly string[];
  /** The largest number of requests without a response at one time. */
  mostAtOnce(): number;
  /** Accepts signatures of these secrets only. Without a call, it verifies none. */
  trust(...secrets: readonly string[]): void;
  /** Resets all connections. New ones are possible. */
  cut(): void;
  close(): Promise<void>;
}

const OK: Answer = (response) => response.end("ok");

const isSigned = (verifiers: readonly Webhook[], body: string, headers: IncomingMessage["headers"]): boolean =>
  verifiers.some((verifier) => {
    try {
      verifier.verify(body, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  });

export const startEventReceiver = async (
  certificate: Certificate,
  answer: Answer = OK,
  host = "127.0.0.1",
): Promise<EventReceiver> => {
  const received = new Map<string, ReceivedEvent>();
  const faults: string[] = [];
  const sockets = new Set<Socket>();
  let verifiers: readonly Webhook[] = [];
  let [open, mostAtOnce] = [0, 0];

  const receive = (body: string, { headers }: IncomingMessage): EventJson => {
    const id = String(headers["webhook-id"]);
    const known = received.get(id);
    const event: EventJson = JSON.parse(body);
    if (event.id !== id) faults.push(`${id} has the body of ${event.id}`);
    if (verifiers.length > 0 && !isSigned(verifiers, body, headers)) faults.push(`${id} has no accepted signature`);
    if (known === undefined) received.set(id, { event, body, at: Date.now(), copies: 1 });
    else {
      known.copies += 1;
      if (known.body !== body) faults.push(`${id} has two bodies`);
    }
    return event;
  };

  const server = createServer(certificate, async (request, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++open);
    response.on("close", () => open--);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The sender was killed.
    }
    answer(response, request, receive(Buffer.concat(chunks).toString(), request));
  });
  server.on("secureConnection", (socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => undefined));
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://${host}:${port}/hook`,
    received,
    faults,
    mostAtOnce: () => mostAtOnce,
    trust: (...secrets) => {
      verifiers = secrets.map((secret) => new Webhook(secret));
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
};
