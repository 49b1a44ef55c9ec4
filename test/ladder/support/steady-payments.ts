import { setTimeout as sleep } from "node:timers/promises";
import type { clientOf } from "./client-of.ts";

/** Makes one payment after another, at most one in each interval. A rejected payment (503) is left out. */
export class SteadyPayments {
  readonly #running: Promise<void>;
  #isStopped = false;
  #made = 0;

  constructor(caller: ReturnType<typeof clientOf>, intervalMs: number) {
    this.#running = this.#run(caller, intervalMs);
    // `stop` reports a failure. Until then it must not count as unhandled.
    this.#running.catch(() => undefined);
  }

  /** Returns the number of acknowledged payments. Throws at an unexpected response. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    await this.#running;
    return this.#made;
  }

  async #run(caller: ReturnType<typeof clientOf>, intervalMs: number): Promise<void> {
    while (!this.#isStopped) {
      const [{ status, body }] = await Promise.all([caller.pay({ name: "steady" }), sleep(intervalMs)]);
      if (status !== 201 && status !== 503) throw new Error(`A payment got ${status}: ${body}`);
      if (status === 201) this.#made += 1;
    }
  }
}
