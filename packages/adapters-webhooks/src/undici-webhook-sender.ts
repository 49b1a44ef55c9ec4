import { createHmac } from "node:crypto";
import {
  ATTEMPT_TIMEOUT_MS,
  type AttemptOutcome,
  type InvalidValue,
  type WebhookRequest,
  type WebhookSender,
  type WebhookUrl,
} from "@payments/domain";
import { type Result, ResultAsync } from "neverthrow";
import { Agent } from "undici";
import { AllowedAddresses, LOOPBACK } from "./allowed-addresses.ts";
import { type CheckedConnectorOptions, checkedConnector } from "./checked-connector.ts";
import { exchange } from "./exchange.ts";
import { parseWebhookUrl } from "./webhook-url.ts";

const KEEP_ALIVE_MS = 10_000;
const KNOWN_TARGETS = 4_096;
const HEADERS = { "content-type": "application/json", "user-agent": "payments-webhooks/1" };

export interface UndiciWebhookSenderOptions {
  /** Networks such as `10.1.0.0/16` that webhooks may reach although they are not public. */
  readonly allowedNetworks: readonly string[];
  /** Allows http and https to this machine: for a developer's receiver. */
  readonly plainHttpToLoopback: boolean;
  /** Is told the host of each connection that the address check refuses. */
  readonly onRefused?: (host: string) => void;
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

interface Target {
  readonly origin: string;
  readonly path: string;
}

/** Sends webhooks with one pool of connections per origin. The caller bounds the requests to one endpoint. */
export class UndiciWebhookSender implements WebhookSender {
  readonly #addresses: AllowedAddresses;
  readonly #plainHttpToLoopback: boolean;
  readonly #timeoutMs: number;
  readonly #agent: Agent;
  readonly #targets = new Map<WebhookUrl, Target | null>();

  constructor(options: UndiciWebhookSenderOptions) {
    const { allowedNetworks, plainHttpToLoopback, timeoutMs = ATTEMPT_TIMEOUT_MS, ca, resolve, onRefused } = options;
    this.#addresses = new AllowedAddresses([...allowedNetworks, ...(plainHttpToLoopback ? LOOPBACK : [])]);
    this.#plainHttpToLoopback = plainHttpToLoopback;
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({
      connect: checkedConnector(this.#addresses, { timeoutMs, ca, resolve, onRefused }),
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
    const target = this.#targetOf(request.url);
    if (target === null) return { type: "failed", reason: "address-unavailable" };
    const headers = { ...HEADERS, ...signedHeaders(request) };
    return exchange(this.#agent, { ...target, method: "POST", headers, body: request.body }, this.#timeoutMs);
  }

  /** Null if the URL is refused. A stored URL is checked again: the configuration may have changed since. */
  #targetOf(url: WebhookUrl): Target | null {
    const known = this.#targets.get(url);
    if (known !== undefined) return known;
    const target = this.parseUrl(url).match(
      (href) => {
        const { origin, pathname, search } = new URL(href);
        return { origin, path: pathname + search };
      },
      () => null,
    );
    if (this.#targets.size >= KNOWN_TARGETS) this.#targets.clear();
    this.#targets.set(url, target);
    return target;
  }
}
