import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createAuthority, createCertificate } from "../../support/certificates.ts";
import { freePort } from "../../support/free-port.ts";
import { type Answer, startEventReceiver } from "./event-receiver.ts";
import type { WebhookSetting } from "./webhook-setting.ts";

/** What the first attempt at a receiver must be stored as. */
export interface Fault {
  readonly name: string;
  readonly url: string;
  /** The status of the response, or the reason why there is none. */
  readonly outcome: number | string;
  /** The least and the most wait after the first attempt, in seconds. Null: no further attempt. */
  readonly waitSeconds: readonly [number, number] | null;
}

export interface FaultyReceivers {
  readonly faults: readonly Fault[];
  /** Requests to the place that the redirect names. */
  redirected(): number;
  close(): Promise<void>;
}

const DRIP_MS = 100;
const GIGABYTE = 1_073_741_824;
const HOUR_SECONDS = 3_600;
/** Jitter adds up to a fifth. A result is stored when the last attempt of its turn has ended. */
const JITTER = 1.2;
const TURN_SECONDS = 30;

const waitOf = (seconds: number): readonly [number, number] => [seconds, seconds * JITTER + TURN_SECONDS];
const FIRST_RETRY = waitOf(5);

/** Writes a piece again and again until the sender is gone. */
const drip = (socket: Socket | null, piece: string): void => {
  const timer = setInterval(() => socket?.write(piece), DRIP_MS);
  socket?.on("close", () => clearInterval(timer));
};

const writeGigabyte = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(65_536, "x");
  let left = GIGABYTE;
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (response.write(chunk)) continue;
      response.once("drain", write);
      return;
    }
    response.end();
  };
  write();
};

type Kind = readonly [name: string, outcome: Fault["outcome"], wait: Fault["waitSeconds"], answer: Answer];

/** Faults of a receiver that completes the TLS handshake. */
const httpFaults = (elsewhere: string): readonly Kind[] => [
  [
    "crashes after a 2xx",
    200,
    null,
    (response) => {
      response.writeHead(200, { "content-length": 100 }).flushHeaders();
      setTimeout(() => response.socket?.destroy(), 50);
    },
  ],
  [
    "slow headers",
    "timeout",
    FIRST_RETRY,
    ({ socket }) => {
      socket?.write("HTTP/1.1 200 OK\r\n");
      drip(socket, "x-drip: 1\r\n");
    },
  ],
  [
    "slow body",
    200,
    null,
    (response) => {
      response.writeHead(200).flushHeaders();
      drip(response.socket, "1\r\n.\r\n");
    },
  ],
  ["a body of 1 GB", 200, null, writeGigabyte],
  [
    "headers without an end",
    "request-failed",
    FIRST_RETRY,
    ({ socket }) => {
      socket?.write("HTTP/1.1 200 OK\r\n");
      drip(socket, `x-long: ${"x".repeat(8_000)}\r\n`);
    },
  ],
  [
    "early hints without an end",
    "timeout",
    FIRST_RETRY,
    ({ socket }) => drip(socket, "HTTP/1.1 103 Early Hints\r\n\r\n"),
  ],
  ["redirect", 307, FIRST_RETRY, (response) => response.writeHead(307, { location: elsewhere }).end()],
  ["410", 410, FIRST_RETRY, (response) => response.writeHead(410).end()],
  [
    "429 with Retry-After",
    429,
    waitOf(HOUR_SECONDS),
    (response) => response.writeHead(429, { "retry-after": String(HOUR_SECONDS) }).end(),
  ],
  [
    "503 with a Retry-After of years",
    503,
    waitOf(24 * HOUR_SECONDS),
    (response) => response.writeHead(503, { "retry-after": "999999999" }).end(),
  ],
  ["reset instead of a response", "connection-lost", FIRST_RETRY, ({ socket }) => socket?.destroy()],
  ["not HTTP", "request-failed", FIRST_RETRY, ({ socket }) => socket?.end("220 mail.example ESMTP\r\n")],
  ["no response", "timeout", FIRST_RETRY, () => undefined],
];

/** Faults before or during the TLS handshake. */
const tcpFaults: readonly (readonly [name: string, outcome: string, accept: (socket: Socket) => void])[] = [
  ["plain HTTP", "tls-failed", (socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))],
  ["no handshake", "timeout", () => undefined],
  ["reset instead of a handshake", "connection-lost", (socket) => socket.resetAndDestroy()],
];

export const startFaultyReceivers = async (setting: WebhookSetting): Promise<FaultyReceivers> => {
  const elsewhere = await startEventReceiver(setting.certificate);
  const closers: (() => unknown)[] = [elsewhere.close];
  const faults: Fault[] = [];

  for (const [name, outcome, waitSeconds, answer] of httpFaults(elsewhere.url)) {
    const receiver = await startEventReceiver(setting.certificate, answer);
    closers.push(receiver.close);
    faults.push({ name, url: receiver.url, outcome, waitSeconds });
  }
  for (const [name, outcome, accept] of tcpFaults) {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket.on("error", () => undefined));
      accept(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const { port } = server.address() as AddressInfo;
    faults.push({ name, url: `https://127.0.0.1:${port}/`, outcome, waitSeconds: FIRST_RETRY });
  }
  const unknown = await createCertificate("127.0.0.1", await createAuthority("unknown"));
  for (const [name, certificate] of [
    ["a certificate of another host", await setting.certificateFor("other.example")],
    ["a certificate of an unknown authority", unknown],
  ] as const) {
    const receiver = await startEventReceiver(certificate);
    closers.push(receiver.close);
    faults.push({ name, url: receiver.url, outcome: "tls-failed", waitSeconds: FIRST_RETRY });
  }
  const closed = `https://127.0.0.1:${await freePort()}/`;
  faults.push({ name: "a closed port", url: closed, outcome: "connection-refused", waitSeconds: FIRST_RETRY });
  return {
    faults,
    redirected: () => elsewhere.received.size,
    close: async () => {
      for (const close of closers) await close();
    },
  };
};
