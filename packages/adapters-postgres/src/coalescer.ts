import { NotSentError } from "./not-sent-error.ts";

export interface CoalescerOptions {
  /** The most items in one batch. */
  readonly batchSize: number;
  /** The most batches under way at once. */
  readonly concurrency: number;
  /** The most items that wait; beyond it an item is refused at once. */
  readonly queueSize: number;
  /**
   * How long an item may wait, in milliseconds; then it is refused, whatever the batches under way do. Where one has
   * waited for half of that, further ones are refused at once: behind it they would only wait in vain.
   */
  readonly queueTimeout: number;
}

/** What became of a queue since the start. */
export interface QueueStatistics {
  /** Items that wait at this moment. */
  readonly waiting: number;
  readonly batches: number;
  /** Items in those batches. */
  readonly items: number;
  /** How long the batches took together, in milliseconds. */
  readonly milliseconds: number;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns many small pieces of work that arrive at the same moment into few large ones. Items that arrive
 * within one turn of the event loop go out together on the next; what arrives while all batches are under
 * way gathers until one comes back. Nothing waits on purpose: a lone item goes out at once.
 *
 * `work` gets the items of a batch and returns their outcomes in the same order. When it rejects, all
 * items of that batch reject with its error; other batches are not touched. An item that never went out
 * rejects with `NotSentError`.
 */
export class Coalescer<Item, Outcome> {
  readonly #work: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly #options: CoalescerOptions;
  #queue: Waiting<Item, Outcome>[] = [];
  #underWay = 0;
  #scheduled = false;
  #batches = 0;
  #items = 0;
  #milliseconds = 0;
  #late = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(work: (items: readonly Item[]) => Promise<readonly Outcome[]>, options: CoalescerOptions) {
    this.#work = work;
    this.#options = options;
  }

  add(item: Item): Promise<Outcome> {
    if (this.#queue.length >= this.#options.queueSize) return Promise.reject(new NotSentError("too many are waiting"));
    if (this.#late) return Promise.reject(new NotSentError("others have waited for long"));
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, since: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  statistics(): QueueStatistics {
    return {
      waiting: this.#queue.length,
      batches: this.#batches,
      items: this.#items,
      milliseconds: this.#milliseconds,
    };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    if (this.#underWay >= this.#options.concurrency) {
      if (this.#watch === undefined) this.#watchOldest();
      return;
    }
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#underWay < this.#options.concurrency) {
      void this.#send(this.#queue.splice(0, this.#options.batchSize));
    }
    this.#watchOldest();
  }

  /**
   * So that nobody waits for long behind batches that do not come back. Those that did come back while this process
   * was held up are heard first: that hold-up is no reason to refuse anybody.
   */
  #watchOldest(): void {
    const [oldest] = this.#queue;
    const { queueTimeout } = this.#options;
    const age = oldest === undefined ? 0 : performance.now() - oldest.since;
    this.#late = age >= queueTimeout / 2;
    if (oldest === undefined || this.#watch !== undefined) return;
    const wait = (this.#late ? queueTimeout : queueTimeout / 2) - age;
    this.#watch = setTimeout(setImmediate, wait, () => {
      this.#watch = undefined;
      this.#refuseExpired();
      this.#watchOldest();
    });
  }

  async #send(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    this.#underWay++;
    this.#batches++;
    this.#items += batch.length;
    const began = performance.now();
    try {
      const outcomes = await this.#work(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length) throw new RangeError("as many outcomes as items are needed");
      outcomes.forEach((outcome, index) => {
        batch[index]?.resolve(outcome);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay--;
      this.#milliseconds += performance.now() - began;
      this.#flush();
    }
  }

  /** The oldest stand first. */
  #refuseExpired(): void {
    const oldest = performance.now() - this.#options.queueTimeout;
    const fresh = this.#queue.findIndex(({ since }) => since >= oldest);
    const expired = this.#queue.splice(0, fresh === -1 ? this.#queue.length : fresh);
    for (const { reject } of expired) reject(new NotSentError("waited too long"));
  }
}
