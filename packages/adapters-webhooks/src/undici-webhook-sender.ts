import { createHmac } from "node:crypto";
import type { Readable } from "node:stream";
import {
  ATTEMPT_TIMEOUT_MS,
  type AttemptOutcome,
  type InvalidValue,
  MAXIMUM_RESPONSE_BYTES,
  type WebhookRequest,
  type WebhookSender,
  type WebhookUrl,
} from "@payments/domain";
import { type Result, ResultAsync } from "neverthrow";
import { Agent, request as send } from "undici";
import { AllowedAddresses, LOOPBACK } from "./allowed-addresses.ts";
import { type CheckedConnectorOptions, checkedConnector } from "./checked-connector.ts";
import { failureOf, retryAfterMs } from "./outcome.ts";
import { parseWebhookUrl } from "./webhook-url.ts";

const KEEP_ALIVE_MS = 10_000;

export interface UndiciWebhookSenderOptions {
  /** Networks such as `10.1.0.0/16` that webhooks may reach although they are not public. */
  readonly allowedNetworks: readonly string[];
  /** Allows http and https to this machine: for a developer's receiver. */
  readonly plainHttpToLoopback: boolean;
  readonly timeoutMs?: number;
  readonly ca?: CheckedConnectorOptions["ca"];
  readonly resolve?: CheckedConnectorOptions["resolve"];
}

/** The headers of Standard Webhooks, with one signature for each secret. */
const signedHeaders = ({ id, sentAt, body, secrets }: WebhookRequest): Record<string, string> => {
  const timestamp = String(Math.floor(sentAt.getTime() / 1_000));
  const content = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
};

/** The first bytes of the body. Cuts the connection of a longer body. */
const readStart = async (body: Readable): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAXIMUM_RESPONSE_BYTES) break;
    }
  } catch {
    // The status is known: a body that is cut off or late changes nothing.
  }
  // PostgreSQL stores no NUL.
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MAXIMUM_RESPONSE_BYTES)).replaceAll("\0", "\uFFFD");
};

/** Sends webhooks with one pool of connections per origin. The caller bounds the requests to one endpoint. */
export class UndiciWebhookSender implements WebhookSender {
  readonly #addresses: AllowedAddresses;
  readonly #plainHttpToLoopback: boolean;
  readonly #timeoutMs: number;
  readonly #agent: Agent;

  constructor(options: UndiciWebhookSenderOptions) {
    const { allowedNetworks, plainHttpToLoopback, timeoutMs = ATTEMPT_TIMEOUT_MS, ca, resolve } = options;
    this.#addresses = new AllowedAddresses([...allowedNetworks, ...(plainHttpToLoopback ? LOOPBACK : [])]);
    this.#plainHttpToLoopback = plainHttpToLoopback;
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({
      connect: checkedConnector(this.#addresses, { timeoutMs, ca, resolve }),
      keepAliveTimeout: KEEP_ALIVE_MS,
      pipelining: 1,
      maxHeaderSize: 16_384,
    });
  }

  parseUrl(raw: string): Result<WebhookUrl, InvalidValue> {
    return parseWebhookUrl(raw, this.#addresses, this.#plainHttpToLoopback);
  }

  send(request: WebhookRequest): ResultAsync<AttemptOutcome, never> {
    return ResultAsync.fromSafePromise(this.#send(request));
  }

  /** Cuts the requests in flight. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #send(request: WebhookRequest): Promise<AttemptOutcome> {
    // A stored URL is checked again: the configuration may have changed.
    const url = this.parseUrl(request.url);
    if (url.isErr()) return { type: "failed", reason: "address-refused" };
    try {
      const { statusCode, headers, body } = await send(url.value, {
        dispatcher: this.#agent,
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "payments-webhooks/1",
          ...signedHeaders(request),
        },
        body: request.body,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return {
        type: "responded",
        status: statusCode,
        response: await readStart(body),
        retryAfterMs: retryAfterMs(headers["retry-after"], Date.now()),
      };
    } catch (error) {
      return { type: "failed", reason: failureOf(error) };
    }
  }
}
