import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import ipaddr from "ipaddr.js";
import QuickLRU from "quick-lru";
import { Problem } from "../problem/problem.ts";
import type { Context, Next } from "../routing/context.ts";

/** The address of IPv4, also if written as IPv6, or the first 64 bits of IPv6: one customer of a provider (RFC 6177). */
export const networkOf = (address: string): string => {
  const parsed = ipaddr.process(address.replace(/%.*/, ""));
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(":")}::/64`;
};

/** The network of the caller. If the trusted proxies forward no valid address, it is that of the connection. */
export const networkOfRequest = (ctx: Context): string => {
  const { remoteAddress = "" } = ctx.req.socket;
  // Node is stricter than ipaddr.js, which accepts "1" and "0x7f.1".
  const address = isIP(ctx.ip) === 0 ? remoteAddress : ctx.ip;
  return isIP(address) === 0 ? "unknown" : networkOf(address);
};

export interface NetworkLimitOptions {
  /** Events per network and window. 0: no limit. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** At least this many networks are counted, and at most twice as many. The least recently counted are evicted. */
  readonly capacity?: number;
}

interface Window {
  count: number;
  /** The end of the window, as `performance.now()`. */
  readonly until: number;
}

/**
 * Counts events, such as failed authentications, by network. Counts stay in this process: an attacker's request must
 * not cost the database anything. A network's window begins with its first event.
 */
export class NetworkLimit {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #windows: QuickLRU<string, Window>;
  /** The end of the last block. Without a block, requests skip the lookup. */
  #blockedUntil = 0;

  constructor({ limit, windowSeconds, capacity = 100_000 }: NetworkLimitOptions) {
    this.#limit = limit;
    this.#windowMs = windowSeconds * 1_000;
    this.#windows = new QuickLRU({ maxSize: capacity });
  }

  /** Seconds until the network is unblocked. 0: it is not blocked. */
  secondsBlocked(ctx: Context): number {
    const now = performance.now();
    if (now >= this.#blockedUntil) return 0;
    const window = this.#windows.get(networkOfRequest(ctx));
    if (window === undefined || window.count < this.#limit || now >= window.until) return 0;
    return Math.ceil((window.until - now) / 1_000);
  }

  count(ctx: Context): void {
    if (this.#limit === 0) return;
    const now = performance.now();
    const network = networkOfRequest(ctx);
    let window = this.#windows.get(network);
    if (window === undefined || now >= window.until) {
      window = { count: 0, until: now + this.#windowMs };
      this.#windows.set(network, window);
    }
    window.count++;
    if (window.count >= this.#limit) this.#blockedUntil = Math.max(this.#blockedUntil, window.until);
  }
}

/** A caller in a loop gets one rejection per second and connection, so rejections cost little. */
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
