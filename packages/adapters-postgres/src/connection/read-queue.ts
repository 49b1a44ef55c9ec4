import type { ClientId } from "@payments/domain";
import { NotSentError, type QueueStatistics } from "./coalescer.ts";

export interface ReadQueueOptions {
  /** The most reads in flight. Keep it below the size of the pool: payments and keys need connections, too. */
  readonly concurrency: number;
  /** The most reads in flight for one client. */
  readonly concurrencyPerClient: number;
  /** The most reads that wait. A further one rejects at once. */
  readonly queueSize: number;
  /** A read that waits longer than this rejects. */
  readonly queueTimeoutMs: number;
}

interface Waiting {
  readonly since: number;
  readonly start: () => void;
  readonly reject: (error: NotSentError) => void;
}

/** Reads that reject in one turn of the event loop. Each sends a response, so all at once would delay other requests. */
const REJECTIONS_PER_TURN = 2;

/**
 * Runs few reads at a time, and lets the clients that wait take turns. So the reads of one client delay neither the
 * reads of others nor payments. A read that was not sent rejects with `NotSentError`.
 */
export class ReadQueue {
  readonly #options: ReadQueueOptions;
  /** The client whose turn is next comes first. */
  readonly #waiting = new Map<ClientId, Waiting[]>();
  readonly #running = new Map<ClientId, number>();
  #waitingCount = 0;
  #runningCount = 0;
  #finished = 0;
  #milliseconds = 0;
  /** Runs while reads wait. */
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReadQueueOptions) {
    this.#options = options;
  }

  async run<Value>(clientId: ClientId, read: () => PromiseLike<Value>): Promise<Value> {
    if (this.#mayRun(clientId)) this.#count(clientId, 1);
    else await this.#wait(clientId);
    const began = performance.now();
    try {
      return await read();
    } finally {
      this.#milliseconds += performance.now() - began;
      this.#finished++;
      this.#count(clientId, -1);
      this.#startNext();
    }
  }

  statistics(): QueueStatistics {
    const finished = this.#finished;
    return { waiting: this.#waitingCount, batches: finished, items: finished, milliseconds: this.#milliseconds };
  }

  #mayRun(clientId: ClientId): boolean {
    const { concurrency, concurrencyPerClient } = this.#options;
    return this.#runningCount < concurrency && (this.#running.get(clientId) ?? 0) < concurrencyPerClient;
  }

  #count(clientId: ClientId, change: 1 | -1): void {
    const running = (this.#running.get(clientId) ?? 0) + change;
    this.#runningCount += change;
    if (running === 0) this.#running.delete(clientId);
    else this.#running.set(clientId, running);
  }

  /** Resolves when the read may run: it is counted as running then. */
  #wait(clientId: ClientId): Promise<void> {
    if (this.#waitingCount >= this.#options.queueSize) throw new NotSentError("too many reads wait");
    return new Promise((start, reject) => {
      const waiting = { since: performance.now(), start, reject };
      const others = this.#waiting.get(clientId);
      if (others === undefined) this.#waiting.set(clientId, [waiting]);
      else others.push(waiting);
      this.#waitingCount++;
      this.#timer ??= setTimeout(() => this.#rejectLate(), this.#options.queueTimeoutMs).unref();
    });
  }

  /** Rejects reads that waited too long, oldest first for each client, and runs again when the next one is due. */
  #rejectLate(): void {
    const now = performance.now();
    let rejections = 0;
    let oldest = now;
    for (const [clientId, waiting] of this.#waiting) {
      for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
        const isLate = now - first.since >= this.#options.queueTimeoutMs;
        if (isLate && rejections === REJECTIONS_PER_TURN) {
          setImmediate(() => this.#rejectLate());
          return;
        }
        if (!isLate) {
          oldest = Math.min(oldest, first.since);
          break;
        }
        rejections++;
        this.#removeFirst(clientId, waiting);
        first.reject(new NotSentError("the read waited too long"));
      }
    }
    const dueInMs = oldest + this.#options.queueTimeoutMs - now;
    this.#timer =
      this.#waitingCount === 0 ? undefined : setTimeout(() => this.#rejectLate(), Math.ceil(dueInMs)).unref();
  }

  #removeFirst(clientId: ClientId, waiting: Waiting[]): void {
    waiting.shift();
    if (waiting.length === 0) this.#waiting.delete(clientId);
    this.#waitingCount--;
  }

  #startNext(): void {
    for (const [clientId, waiting] of this.#waiting) {
      const [first] = waiting;
      if (first === undefined || !this.#mayRun(clientId)) continue;
      this.#waiting.delete(clientId);
      this.#waiting.set(clientId, waiting);
      this.#removeFirst(clientId, waiting);
      this.#count(clientId, 1);
      first.start();
      return;
    }
  }
}
