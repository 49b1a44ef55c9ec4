/** A statement was not sent: the queue was full, or the statement could not finish before its deadline. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}

export interface CoalescerOptions {
  /** Maximum items per batch. */
  readonly batchSize: number;
  /**
   * When no batch is in flight, this many items start one at once. Fewer items wait for the next turn of the event
   * loop. So work begins while more items of a burst are still being read. Default: `batchSize`.
   */
  readonly earlySize?: number;
  /** Maximum batches in flight. A second batch starts only if it is full or the first takes long. */
  readonly concurrency: number;
  /** Maximum items in the queue. Further items are rejected at once. */
  readonly queueSize: number;
  /**
   * Deadline of an item. One batch duration is reserved from it: an item that would wait longer than the rest is
   * rejected at once, and an item that has waited longer is not sent. A batch in flight is never abandoned.
   */
  readonly answerWithinMs: number;
}

/** Totals of a queue since the start. */
export interface QueueStatistics {
  /** Items in the queue now. */
  readonly waiting: number;
  readonly batches: number;
  /** Items in those batches. */
  readonly items: number;
  /** Total duration of the batches. */
  readonly milliseconds: number;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Queue checks per `answerWithinMs`. */
const CHECKS = 16;

const BEAT_MS = 20;

/**
 * A clock that stands still while this process is paused: a pause says nothing about the database. It notices pauses
 * while it runs.
 */
class PausingClock {
  #pausedMs = 0;
  #lastBeat = 0;
  #beat: NodeJS.Timeout | undefined;

  now(): number {
    return performance.now() - this.#pausedMs;
  }

  run(): void {
    this.#lastBeat = performance.now();
    this.#beat ??= setInterval(() => {
      const now = performance.now();
      this.#pausedMs += Math.max(0, now - this.#lastBeat - 2 * BEAT_MS);
      this.#lastBeat = now;
    }, BEAT_MS);
  }

  stop(): void {
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}

/**
 * Combines concurrent items into batches. Items that arrive within one turn of the event loop form a batch on the next
 * turn. Items that arrive during a batch wait for its end, because two small batches cost more than a large one. A
 * second batch starts beside the first only if it is full or the first takes long.
 *
 * `work` receives the items of a batch and returns their outcomes in the same order. If it rejects, all items of that
 * batch reject with its error. An item that was not sent rejects with `NotSentError`.
 */
export class Coalescer<Item, Outcome> {
  readonly #work: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly #options: CoalescerOptions;
  #queue: Waiting<Item, Outcome>[] = [];
  /** Start times of the batches in flight, oldest first. */
  readonly #sent: number[] = [];
  /** Expected duration of a batch: that of the last one, or an average with earlier ones if that is longer. */
  #expectedMs = 0;
  #scheduled = false;
  #batches = 0;
  #items = 0;
  #milliseconds = 0;
  readonly #clock = new PausingClock();
  #check: NodeJS.Timeout | undefined;

  constructor(work: (items: readonly Item[]) => Promise<readonly Outcome[]>, options: CoalescerOptions) {
    this.#work = work;
    this.#options = options;
  }

  add(item: Item): Promise<Outcome> {
    if (this.#queue.length >= this.#options.queueSize) return Promise.reject(new NotSentError("the queue is full"));
    const since = this.#clock.now();
    if (this.#expectedStart() - since > this.#maxWaitMs()) {
      return Promise.reject(new NotSentError("the expected wait exceeds the deadline"));
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
      this.#scheduleCheck();
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

  /** Expected start of the batch of an item that arrives now. */
  #expectedStart(): number {
    if (!this.#isFull()) return 0;
    const { batchSize, concurrency } = this.#options;
    const ahead = Math.floor(this.#queue.length / batchSize);
    const sent = this.#sent[ahead % concurrency] ?? 0;
    return sent + this.#expectedMs * (1 + Math.floor(ahead / concurrency));
  }

  /** How long an item may wait in the queue and still meet its deadline. */
  #maxWaitMs(): number {
    return this.#options.answerWithinMs - this.#expectedMs;
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#maySend()) this.#sendNext();
    if (this.#queue.length > 0) this.#scheduleCheck();
  }

  #sendNext(): void {
    void this.#send(this.#queue.splice(0, this.#options.batchSize));
  }

  async #send(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    if (this.#sent.length === 0) this.#clock.run();
    const began = this.#clock.now();
    this.#sent.push(began);
    this.#batches++;
    this.#items += batch.length;
    try {
      const outcomes = await this.#work(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length) throw new RangeError("a batch needs one outcome per item");
      outcomes.forEach((outcome, index) => {
        batch[index]?.resolve(outcome);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#sent.splice(this.#sent.indexOf(began), 1);
      if (this.#sent.length === 0) this.#clock.stop();
      this.#learn(this.#clock.now() - began);
      this.#flush();
    }
  }

  #learn(milliseconds: number): void {
    this.#milliseconds += milliseconds;
    // Overestimating is safe. A stuck batch does not count: it would cause rejections after the database is back.
    const isStuck = milliseconds >= this.#options.answerWithinMs;
    this.#expectedMs = isStuck ? 0 : Math.max(milliseconds, (this.#expectedMs + milliseconds) / 2);
  }

  /**
   * While items wait, rejects those that batches in flight delay beyond their deadline. `setImmediate` lets finished
   * batches report first, so that a pause of this process causes no rejection.
   */
  #scheduleCheck(): void {
    const interval = this.#options.answerWithinMs / CHECKS;
    this.#check ??= setTimeout(setImmediate, interval, () => {
      this.#check = undefined;
      const now = this.#clock.now();
      const takesLong = now - (this.#sent.at(-1) ?? now) >= interval;
      if (this.#queue.length > 0 && takesLong && !this.#isFull()) this.#sendNext();
      if (this.#queue.length === 0) return;
      const [oldest = now] = this.#sent;
      this.#expectedMs = Math.max(this.#expectedMs, Math.min(now - oldest, this.#options.answerWithinMs));
      this.#rejectBefore(now - this.#maxWaitMs());
      this.#scheduleCheck();
    });
  }

  /** Rejects the items queued before a time. The oldest come first in the queue. */
  #rejectBefore(time: number): void {
    const fresh = this.#queue.findIndex(({ since }) => since >= time);
    const expired = this.#queue.splice(0, fresh === -1 ? this.#queue.length : fresh);
    for (const { reject } of expired) reject(new NotSentError("waited beyond the deadline"));
  }
}
