import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "./client-of.ts";
import type { Attempt, Ledger } from "./ledger.ts";
import type { Reply } from "./send.ts";

export interface PayersOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly ledger: Ledger;
  /** Default: 64. */
  readonly connections?: number;
  /** Delay before a retry. Default: 50. */
  readonly retryDelayMs?: number;
  /** Called for every response. */
  readonly onReply?: (reply: Reply) => void;
  /** Called for every request without a response. */
  readonly onFault?: (error: NodeJS.ErrnoException) => void;
}

const FINISH_TIMEOUT_MS = 30_000;

/** Number of instances, so that names of payments are unique. */
let instances = 0;

/** One payment in 4 has no idempotency key and no retry. One in 8 is sent again after its acknowledgement. */
const WITHOUT_KEY_EVERY = 4;
const REPEATED_EVERY = 8;

/**
 * Load: each connection sends one payment after another without a pause. A payment without a response, or with a 503 or
 * 429, is retried with the same idempotency key until it is acknowledged.
 */
export class Payers {
  readonly #options: PayersOptions;
  readonly #client: ReturnType<typeof clientOf>;
  readonly #running: Promise<void>[];
  readonly #instance = ++instances;
  #stopped = false;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(options: PayersOptions) {
    const { connections = 64 } = options;
    this.#options = options;
    this.#client = clientOf(options.url, options, connections);
    this.#running = Array.from({ length: connections }, (_, index) => this.#pay(index));
  }

  /** Starts no new payment and waits until those in flight are acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#deadline = performance.now() + FINISH_TIMEOUT_MS;
    await Promise.all(this.#running);
    this.#client.close();
  }

  /** Ends at once, for a failed or finished test. */
  async abandon(): Promise<void> {
    this.#stopped = true;
    this.#deadline = 0;
    this.#client.close();
    await Promise.all(this.#running);
  }

  async #pay(index: number): Promise<void> {
    const { ledger, retryDelayMs = 50 } = this.#options;
    for (let count = 1; !this.#stopped; count++) {
      const name = `${this.#instance}.${index}-${count}`;
      const idempotencyKey = count % WITHOUT_KEY_EVERY === 0 ? null : `key-${name}`;
      const attempt = { name, idempotencyKey, amount: index * 1_000 + count };
      ledger.attempt(attempt);
      while (!(await this.#sendOnce(attempt)) && idempotencyKey !== null) {
        if (performance.now() > this.#deadline) {
          ledger.unexpected(`${name} was not acknowledged within ${FINISH_TIMEOUT_MS} ms of the end of the load`);
          break;
        }
        await sleep(retryDelayMs);
      }
      if (count % REPEATED_EVERY === 1) await this.#sendOnce(attempt);
    }
  }

  /** Whether the payment was acknowledged. */
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
