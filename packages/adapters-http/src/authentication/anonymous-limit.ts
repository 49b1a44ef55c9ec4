import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../problem/problem.ts";
import type { Context, Next } from "../routing/context.ts";
import type { NetworkLimit } from "./network-limit.ts";

/** A caller in a loop gets one refusal per second and connection, so refusing costs next to nothing. */
const DELAY_MS = 1_000;

/** Limits the requests that carry no credential, by network: they must not take the CPU from clients. */
export class AnonymousLimit {
  readonly #requests: NetworkLimit;

  constructor(requests: NetworkLimit) {
    this.#requests = requests;
  }

  /** Counts the request. Over the limit it rejects with a problem, after a second. */
  async charge(ctx: Context): Promise<void> {
    const seconds = this.#requests.secondsBlocked(ctx);
    if (seconds === 0) {
      this.#requests.count(ctx);
      return;
    }
    await sleep(DELAY_MS);
    throw new Problem("too-many-anonymous-requests", { headers: { "Retry-After": String(seconds) } });
  }

  readonly middleware = async (ctx: Context, next: Next): Promise<void> => {
    await this.charge(ctx);
    await next();
  };
}
