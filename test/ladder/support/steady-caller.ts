import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "./send.ts";

export interface SteadyCallerOptions {
  /** Sends one request. */
  readonly call: () => Promise<Reply>;
  readonly status: number;
  readonly intervalMs: number;
}

export const percentile = (share: number, values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
};

/**
 * Sends a request at each interval, also while earlier ones have no response. A stall of the service therefore delays
 * every request that falls into it, not only one.
 */
export class SteadyCaller {
  readonly #options: SteadyCallerOptions;
  readonly #calls: Promise<Reply>[] = [];
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(options: SteadyCallerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Waits for the responses; returns the duration of each request in milliseconds. Throws at an unexpected status. */
  async stop(): Promise<number[]> {
    this.#stopped = true;
    await this.#running;
    const replies = await Promise.all(this.#calls);
    const unexpected = replies.filter(({ status }) => status !== this.#options.status);
    if (unexpected.length > 0) {
      const { status, body } = unexpected[0] as Reply;
      throw new Error(`${unexpected.length} of ${replies.length} responses unexpected, first ${status} ${body}`);
    }
    return replies.map(({ milliseconds }) => milliseconds);
  }

  async #run(): Promise<void> {
    const { intervalMs } = this.#options;
    for (let next = performance.now(); !this.#stopped; next += intervalMs) {
      const call = this.#options.call();
      // `stop` reports a failure. Until then it must not count as unhandled.
      call.catch(() => {});
      this.#calls.push(call);
      await sleep(Math.max(0, next + intervalMs - performance.now()));
    }
  }
}

/** The durations of the requests during this time. */
export const durationsWithin = async (milliseconds: number, options: SteadyCallerOptions): Promise<number[]> => {
  const caller = new SteadyCaller(options);
  await sleep(milliseconds);
  return caller.stop();
};
