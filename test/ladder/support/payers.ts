import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "./client-of.ts";
import type { Attempt, Ledger } from "./ledger.ts";
import type { Reply } from "./send.ts";

export interface PayersOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly ledger: Ledger;
  /** Default 64. */
  readonly connections?: number;
  /** How long they wait before they send a payment again, in milliseconds. Default 50. */
  readonly retryAfter?: number;
  /** Hears of every answer. */
  readonly onReply?: (reply: Reply) => void;
  /** Hears of every request that got no answer. */
  readonly onFault?: (error: NodeJS.ErrnoException) => void;
}

const FINISH_LIMIT_MS = 30_000;

/** So that no two of them make payments of the same name. */
let crowds = 0;

/** So much of the payments has no idempotency key and is never sent again; so much is sent again though acknowledged. */
const WITHOUT_KEY = 4;
const SENT_AGAIN = 8;

/**
 * Load: every connection makes one payment after the other, as fast as it is answered. What got no answer, or a 503
 * or 429, is sent again with the same idempotency key, until it is acknowledged.
 */
export class Payers {
  readonly #options: PayersOptions;
  readonly #client: ReturnType<typeof clientOf>;
  readonly #running: Promise<void>[];
  readonly #crowd = ++crowds;
  #stopped = false;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(options: PayersOptions) {
    const { connections = 64 } = options;
    this.#options = options;
    this.#client = clientOf(options.url, options, connections);
    this.#running = Array.from({ length: connections }, (_, index) => this.#pay(index));
  }

  /** Begins no further payment, and waits until those begun are acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#deadline = performance.now() + FINISH_LIMIT_MS;
    await Promise.all(this.#running);
    this.#client.close();
  }

  /** Ends it as it is: for a test that has failed, or is over. */
  async abandon(): Promise<void> {
    this.#stopped = true;
    this.#deadline = 0;
    this.#client.close();
    await Promise.all(this.#running);
  }

  async #pay(index: number): Promise<void> {
    const { ledger, retryAfter = 50 } = this.#options;
    for (let count = 1; !this.#stopped; count++) {
      const name = `${this.#crowd}.${index}-${count}`;
      const idempotencyKey = count % WITHOUT_KEY === 0 ? null : `key-${name}`;
      const attempt = { name, idempotencyKey, amount: index * 1_000 + count };
      ledger.attempt(attempt);
      while (!(await this.#sendOnce(attempt)) && idempotencyKey !== null) {
        if (performance.now() > this.#deadline) {
          ledger.unexpected(`${name} was not acknowledged within ${FINISH_LIMIT_MS} ms of the end of the load`);
          break;
        }
        await sleep(retryAfter);
      }
      if (count % SENT_AGAIN === 1) await this.#sendOnce(attempt);
    }
  }

  /** Whether it was acknowledged. */
  async #sendOnce(attempt: Attempt): Promise<boolean> {
    const { ledger, onReply, onFault } = this.#options;
    try {
      const reply = await this.#client.pay(attempt);
      onReply?.(reply);
      if (reply.status === 201) ledger.acknowledge(attempt, JSON.parse(reply.body).id);
      else if (reply.status !== 503 && reply.status !== 429) ledger.unexpected(`${reply.status} ${reply.body}`);
      return reply.status === 201;
    } catch (error) {
      onFault?.(error as NodeJS.ErrnoException);
      return false;
    }
  }
}
