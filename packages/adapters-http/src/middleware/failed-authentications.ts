import QuickLRU from "quick-lru";
import type { Context } from "../context.ts";
import { networkOfRequest } from "./network.ts";

export interface FailedAuthenticationsOptions {
  /** Failures that a network may have in a window; 0: any number. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** So many networks are counted at once, and at most twice as many: those that failed least recently are forgotten first. */
  readonly capacity?: number;
}

interface Failures {
  count: number;
  /** When its window ends, on the clock of `performance.now()`. */
  readonly until: number;
}

/**
 * Counts failed authentications by network, in this process alone: a guess must cost the database nothing, so it is
 * not written there. A network's window begins with its first failure.
 */
export class FailedAuthentications {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #failures: QuickLRU<string, Failures>;
  /** The end of all blocks, so that a request pays nothing while there are none. */
  #blockedUntil = 0;

  constructor({ limit, windowSeconds, capacity = 100_000 }: FailedAuthenticationsOptions) {
    this.#limit = limit;
    this.#windowMs = windowSeconds * 1_000;
    this.#failures = new QuickLRU({ maxSize: capacity });
  }

  /** How many whole seconds the network of this request is blocked for; 0 where it is not. */
  secondsBlocked(ctx: Context): number {
    const now = performance.now();
    if (now >= this.#blockedUntil) return 0;
    const failures = this.#failures.get(networkOfRequest(ctx));
    if (failures === undefined || failures.count < this.#limit || now >= failures.until) return 0;
    return Math.ceil((failures.until - now) / 1_000);
  }

  count(ctx: Context): void {
    if (this.#limit === 0) return;
    const now = performance.now();
    const network = networkOfRequest(ctx);
    let failures = this.#failures.get(network);
    if (failures === undefined || now >= failures.until) {
      failures = { count: 0, until: now + this.#windowMs };
      this.#failures.set(network, failures);
    }
    failures.count++;
    if (failures.count >= this.#limit) this.#blockedUntil = Math.max(this.#blockedUntil, failures.until);
  }
}
