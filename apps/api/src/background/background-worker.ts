import { setTimeout as sleep } from "node:timers/promises";
import type { StorageUnavailable } from "@payments/domain";
import type { ResultAsync } from "neverthrow";
import type { Logger } from "pino";

/** Leased work of one kind. Any number of processes may run a worker for it. */
export interface BackgroundWork<Item> {
  /** A plural for log lines, such as `operations`. */
  readonly name: string;
  /** The most items in progress. */
  readonly concurrency: number;
  /** The longest time between two claims while work may be due. */
  readonly pollMs: number;
  /** How many items may start now. Absent: as many as `concurrency` allows. */
  capacity?(): number;
  /** Leases at most `limit` due items to this process. */
  claim(limit: number): ResultAsync<readonly Item[], StorageUnavailable>;
  /** Works on one item. An item that fails is claimed again after its lease. */
  run(item: Item): ResultAsync<unknown, unknown>;
}

/** After an item ends, others may end as well, so that one claim serves several. */
const GATHER_MS = 20;

/** Claims due work in batches. A slow item never delays the claim of others while fewer than `concurrency` run. */
export class BackgroundWorker<Item = unknown> {
  readonly #work: BackgroundWork<Item>;
  readonly #logger: Logger;
  readonly #inProgress = new Set<Promise<void>>();
  #isStopping = false;
  #isWoken = false;
  #continue: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(work: BackgroundWork<Item>, logger: Logger) {
    this.#work = work;
    this.#logger = logger;
  }

  start(): void {
    this.#running = this.#loop();
  }

  /** Claims now instead of at the next poll. The process calls it after a commit that left work. */
  wake(): void {
    this.#isWoken = true;
    this.#continue();
  }

  /** Claims nothing more and waits for the items in progress. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#continue();
    await this.#running;
    await Promise.all(this.#inProgress);
  }

  async #loop(): Promise<void> {
    const { concurrency, name } = this.#work;
    while (!this.#isStopping) {
      const places = concurrency - this.#inProgress.size;
      const free = Math.min(places, this.#work.capacity?.() ?? places);
      let mayBeDue = false;
      this.#isWoken = false;
      if (free > 0) {
        try {
          mayBeDue = (await this.#claim(free)) === free;
        } catch (err) {
          this.#logger.error({ err }, `the worker for ${name} met a bug; it goes on`);
        }
      }
      if (this.#inProgress.size === concurrency) {
        await this.#wait(Promise.race(this.#inProgress).then(() => sleep(GATHER_MS)));
      } else if (!mayBeDue && !this.#isWoken) await this.#wait(null);
    }
  }

  /** Returns the number of items claimed. */
  async #claim(limit: number): Promise<number> {
    const { name } = this.#work;
    const claimed = await this.#work.claim(limit);
    if (claimed.isErr()) {
      this.#logger.warn({ err: claimed.error.cause }, `no ${name} were claimed; they are tried again`);
      return 0;
    }
    for (const item of claimed.value) {
      const running = this.#run(item).finally(() => this.#inProgress.delete(running));
      this.#inProgress.add(running);
    }
    return claimed.value.length;
  }

  async #run(item: Item): Promise<void> {
    const { name } = this.#work;
    try {
      const result = await this.#work.run(item);
      if (result.isErr()) {
        this.#logger.warn({ err: result.error }, `one of the ${name} did not succeed; it is tried again`);
      }
    } catch (err) {
      this.#logger.error({ err }, `one of the ${name} met a bug; it is tried again`);
    }
  }

  /** Until the next poll, a wake, a stop, or `event`. */
  #wait(event: Promise<void> | null): Promise<void> {
    return new Promise((resolve) => {
      const poll = setTimeout(resolve, this.#work.pollMs);
      this.#continue = () => {
        clearTimeout(poll);
        resolve();
      };
      event?.then(this.#continue);
      if (this.#isStopping) this.#continue();
    });
  }
}
