import { setTimeout } from "node:timers/promises";
import type { ChargeRepository, RunOperation } from "@payments/domain";
import type { Logger } from "pino";

const INTERVAL_MS = 1_000;
const BATCH_SIZE = 16;
/** A driver that stops in between leaves its operations to others after this time. */
const LEASE_MS = 60_000;

/** Continues operations that a lost response or a stopped process left open. Any number of processes may run one. */
export class OperationDriver {
  readonly #charges: ChargeRepository;
  readonly #run: RunOperation;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(charges: ChargeRepository, run: RunOperation, logger: Logger) {
    this.#charges = charges;
    this.#run = run;
    this.#logger = logger;
  }

  start(): void {
    this.#running = this.#loop();
  }

  /** Waits for the operations in progress. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const isBusy = await this.#drive();
      if (!isBusy) await setTimeout(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** True if more operations may be due. */
  async #drive(): Promise<boolean> {
    try {
      const claimed = await this.#charges.claim(BATCH_SIZE, LEASE_MS);
      if (claimed.isErr()) {
        this.#logger.warn({ err: claimed.error.cause }, "no operations were claimed; they are tried again");
        return false;
      }
      const results = await Promise.all(claimed.value.map((operation) => this.#run.resume(operation)));
      for (const result of results) {
        if (result.isErr())
          this.#logger.warn({ err: result.error }, "an operation was not continued; it is tried again");
      }
      return claimed.value.length === BATCH_SIZE;
    } catch (err) {
      this.#logger.error({ err }, "the driver of operations met a bug; it goes on");
      return false;
    }
  }
}
