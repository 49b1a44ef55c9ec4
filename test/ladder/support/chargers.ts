import { setTimeout as sleep } from "node:timers/promises";
import type { ListedPayment } from "./charges.ts";
import { clientOf } from "./client-of.ts";
import type { Reply } from "./send.ts";

const RETRY_DELAY_MS = 50;
const FINISH_TIMEOUT_MS = 60_000;

/** How each payment is made, in turn. A manual one is captured by a second request. */
const WAYS = [
  { paymentMethod: "pm_card_visa", capture: "automatic" },
  { paymentMethod: "pm_card_visa", capture: "manual" },
  { paymentMethod: "pm_card_declined", capture: "automatic" },
  { paymentMethod: "pm_times_out_then_succeeds", capture: "automatic" },
  { paymentMethod: "pm_request_lost_first", capture: "automatic" },
  { paymentMethod: "pm_rate_limited_first", capture: "automatic" },
  { paymentMethod: "pm_unreachable_first", capture: "automatic" },
] as const;

/** Responses that end a request. The others, and requests without a response, are sent again. */
const FINAL = new Set([200, 201, 409]);

/**
 * Load of charged payments: each connection pays with an idempotency key, and captures what it only authorized. It sends
 * each request until it is answered, and keeps what it was told.
 */
export class Chargers {
  /** Every payment in a response, in the order of the responses. */
  readonly told: ListedPayment[] = [];
  readonly unexpected: string[] = [];
  readonly #client: ReturnType<typeof clientOf>;
  readonly #running: Promise<void>[];
  #isStopped = false;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(url: string, client: { readonly apiKey: string }, connections: number) {
    this.#client = clientOf(url, client, connections);
    this.#running = Array.from({ length: connections }, (_, index) => this.#charge(index));
  }

  /** Starts no new payment and waits for the responses to those in flight. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#deadline = performance.now() + FINISH_TIMEOUT_MS;
    await Promise.all(this.#running);
    this.#client.close();
  }

  /** Ends at once, for a failed or finished test. */
  async abandon(): Promise<void> {
    this.#isStopped = true;
    this.#deadline = 0;
    this.#client.close();
    await Promise.all(this.#running);
  }

  async #charge(index: number): Promise<void> {
    for (let count = 0; !this.#isStopped; count++) {
      const way = WAYS[(index + count) % WAYS.length];
      const headers = { "idempotency-key": `charge-${index}-${count}` };
      const body = { amount: 1_000, currency: "EUR", ...way };
      const payment = await this.#send("/payments/create", headers, body);
      if (payment?.status === "authorized") await this.#send(`/payments/${payment.id}/capture`, {}, {});
    }
  }

  /** Null without a payment in the response. */
  async #send(path: string, headers: Record<string, string>, body: object): Promise<ListedPayment | null> {
    for (; performance.now() < this.#deadline; await sleep(RETRY_DELAY_MS)) {
      const reply = await this.#client.request(path, { method: "POST", headers, body }).catch(() => null);
      if (reply === null || reply.status === 503) continue;
      return this.#payment(reply, path);
    }
    this.unexpected.push(`${path} was not answered within ${FINISH_TIMEOUT_MS} ms of the end of the load`);
    return null;
  }

  #payment({ status, body }: Reply, path: string): ListedPayment | null {
    if (!FINAL.has(status)) this.unexpected.push(`${path}: ${status} ${body}`);
    if (status !== 200 && status !== 201) return null;
    const payment: ListedPayment = JSON.parse(body);
    this.told.push(payment);
    return payment;
  }
}

/** What callers were told that turned out to be wrong. */
export const brokenPromises = (told: readonly ListedPayment[], payments: readonly ListedPayment[]): string[] => {
  const stored = new Map(payments.map((payment) => [payment.id, payment]));
  return told.flatMap(({ id, status, amountCaptured }) => {
    const now = stored.get(id);
    if (now === undefined) return [`${id} was acknowledged, but is not stored`];
    const isKept =
      now.amountCaptured >= amountCaptured &&
      (status === "failed" || status === "succeeded" ? now.status === status : true);
    return isKept ? [] : [`${id}: told ${status} ${amountCaptured}, is ${now.status} ${now.amountCaptured}`];
  });
};
