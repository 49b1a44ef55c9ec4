/** A statement was not sent: the queue was full, or the statement could not finish before its deadline. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}

export interface CoalescerOptions {
  /** The most items in one batch. */
  readonly batchSize: number;
  /**
   * So many items go out at once where nothing is under way, fewer on the next turn of the event loop: so the work is
   * under way while the rest of many that arrive together is still being read. Default: a batch.
   */
  readonly earlySize?: number;
  /** The most batches under way at once: a further one goes out only full, or where the one before takes long. */
  readonly concurrency: number;
  /** The most items that wait; beyond it an item is refused at once. */
  readonly queueSize: number;
  /**
   * Within how many milliseconds an item is to be answered. As long as a batch takes at the moment is kept of it for
   * the item's own batch: what would wait longer than the rest is refused at once, and what has waited longer is not
   * sent any more. Where a batch takes longer than this, it is the batch that is waited for.
   */
  readonly answerWithinMs: number;
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

/** So often within the time for an answer it is looked after those that wait. */
const LOOKS = 16;

/**
 * Turns many small pieces of work that arrive at the same moment into few large ones. Items that arrive
 * within one turn of the event loop go out together on the next; what arrives while a batch is under way gathers until
 * it comes back, because two small batches cost more than a large one. Only what fills a batch goes out beside it, and
 * what waits where it does not come back soon. A lone item goes out at once.
 *
 * `work` gets the items of a batch and returns their outcomes in the same order. When it rejects, all
 * items of that batch reject with its error; other batches are not touched. An item that never went out
 * rejects with `NotSentError`.
 */
export class Coalescer<Item, Outcome> {
  readonly #work: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly #options: CoalescerOptions;
  #queue: Waiting<Item, Outcome>[] = [];
  /** When the batches under way were sent, the oldest first. */
  readonly #sent: number[] = [];
  /** How long a batch takes at the moment, in milliseconds: as long as the last one, or as those before if longer. */
  #usual = 0;
  #scheduled = false;
  #batches = 0;
  #items = 0;
  #milliseconds = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(work: (items: readonly Item[]) => Promise<readonly Outcome[]>, options: CoalescerOptions) {
    this.#work = work;
    this.#options = options;
  }

  add(item: Item): Promise<Outcome> {
    if (this.#queue.length >= this.#options.queueSize) return Promise.reject(new NotSentError("too many are waiting"));
    const since = performance.now();
    if (this.#sendingTime() - since > this.#maxWaitMs()) {
      return Promise.reject(new NotSentError("would have to wait too long"));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, since, resolve, reject });
      if (this.#mayGoEarly()) this.#flush();
      else this.#schedule();
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
    if (!this.#maySend()) {
      this.#watchOver();
      return;
    }
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #isFull(): boolean {
    return this.#sent.length >= this.#options.concurrency;
  }

  #mayGoEarly(): boolean {
    const { batchSize, earlySize = batchSize } = this.#options;
    return this.#sent.length === 0 && this.#queue.length >= earlySize;
  }

  #maySend(): boolean {
    return this.#sent.length === 0 || (!this.#isFull() && this.#queue.length >= this.#options.batchSize);
  }

  /** When an item that comes now is likely to be sent, if each batch takes as long as usual. */
  #sendingTime(): number {
    if (!this.#isFull()) return 0;
    const { batchSize, concurrency } = this.#options;
    const ahead = Math.floor(this.#queue.length / batchSize);
    const sent = this.#sent[ahead % concurrency] ?? 0;
    return sent + this.#usual * (1 + Math.floor(ahead / concurrency));
  }

  /** How long an item may wait and yet be answered in time. */
  #maxWaitMs(): number {
    return this.#options.answerWithinMs - this.#usual;
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#maySend()) this.#sendNext();
    if (this.#queue.length > 0) this.#watchOver();
  }

  #sendNext(): void {
    void this.#send(this.#queue.splice(0, this.#options.batchSize));
  }

  async #send(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    const began = performance.now();
    this.#sent.push(began);
    this.#batches++;
    this.#items += batch.length;
    try {
      const outcomes = await this.#work(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length) throw new RangeError("as many outcomes as items are needed");
      outcomes.forEach((outcome, index) => {
        batch[index]?.resolve(outcome);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#sent.splice(this.#sent.indexOf(began), 1);
      this.#learn(performance.now() - began);
      this.#flush();
    }
  }

  #learn(milliseconds: number): void {
    this.#milliseconds += milliseconds;
    // Rather too much than too little. One that got stuck says nothing of the next: once the database is back, nobody is
    // refused for it.
    const isStuck = milliseconds >= this.#options.answerWithinMs;
    this.#usual = isStuck ? 0 : Math.max(milliseconds, (this.#usual + milliseconds) / 2);
  }

  /**
   * While items wait: so that nobody waits for long behind batches that do not come back. Those that did come back
   * while this process was held up are heard first: that hold-up is no reason to refuse anybody.
   */
  #watchOver(): void {
    const interval = this.#options.answerWithinMs / LOOKS;
    this.#watch ??= setTimeout(setImmediate, interval, () => {
      this.#watch = undefined;
      const now = performance.now();
      const takesLong = now - (this.#sent.at(-1) ?? now) >= interval;
      if (this.#queue.length > 0 && takesLong && !this.#isFull()) this.#sendNext();
      if (this.#queue.length === 0) return;
      const [oldest = now] = this.#sent;
      this.#usual = Math.max(this.#usual, Math.min(now - oldest, this.#options.answerWithinMs));
      this.#refuse(now - this.#maxWaitMs());
      this.#watchOver();
    });
  }

  /** Those that came before that time. The oldest stand first. */
  #refuse(time: number): void {
    const fresh = this.#queue.findIndex(({ since }) => since >= time);
    const expired = this.#queue.splice(0, fresh === -1 ? this.#queue.length : fresh);
    for (const { reject } of expired) reject(new NotSentError("waited too long"));
  }
}
