import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import ipaddr from "ipaddr.js";
import QuickLRU from "quick-lru";
import { Problem } from "../problem/problem.ts";
import type { Context, Next } from "../routing/context.ts";

/** Who sent a request, or opened a connection. */
export interface Caller {
  /** The address that the trusted proxies forward, or that of the connection. */
  readonly ip: string;
  readonly req: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

/** The address of IPv4, also if written as IPv6, or the first 64 bits of IPv6: one customer of a provider (RFC 6177). */
export const networkOf = (address: string): string => {
  const parsed = ipaddr.process(address.replace(/%.*/, ""));
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(":")}::/64`;
};

/** The network of the caller. If the trusted proxies forward no valid address, it is that of the connection. */
const networkOfCaller = ({ ip, req }: Caller): string => {
  const { remoteAddress = "" } = req.socket;
  // Node is stricter than ipaddr.js, which accepts "1" and "0x7f.1".
  const address = isIP(ip) === 0 ? remoteAddress : ip;
  return isIP(address) === 0 ? "unknown" : networkOf(address);
};

export interface NetworkLimitOptions {
  /** Events per network and window. 0: no limit. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** Called once in a window in which a network reaches the limit. */
  readonly onLimit?: (network: string) => void;
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
  readonly #windowSeconds: number;
  readonly #onLimit: (network: string) => void;
  readonly #windows: QuickLRU<string, Window>;
  /** The end of the last block. Without a block, requests skip the lookup. */
  #blockedUntil = 0;

  constructor({ limit, windowSeconds, onLimit = () => {}, capacity = 100_000 }: NetworkLimitOptions) {
    this.#limit = limit;
    this.#onLimit = onLimit;
    this.#windowSeconds = windowSeconds;
    this.#windows = new QuickLRU({ maxSize: capacity });
  }

  /** Seconds until the network is unblocked. 0: it is not blocked. */
  secondsBlocked(caller: Caller): number {
    const now = performance.now();
    if (now >= this.#blockedUntil) return 0;
    const window = this.#windows.get(networkOfCaller(caller));
    if (window === undefined || window.count < this.#limit || now >= window.until) return 0;
    return Math.ceil((window.until - now) / 1_000);
  }

  /** The headers of a rejection. They have the form that `ClientLimit` sends. */
  rejectionHeaders(policy: string, secondsBlocked: number): Readonly<Record<string, string>> {
    return {
      "RateLimit-Policy": `"${policy}";q=${this.#limit};w=${this.#windowSeconds}`,
      RateLimit: `"${policy}";r=0;t=${secondsBlocked}`,
      "Retry-After": String(secondsBlocked),
    };
  }

  count(caller: Caller): void {
    if (this.#limit === 0) return;
    const now = performance.now();
    const network = networkOfCaller(caller);
    let window = this.#windows.get(network);
    if (window === undefined || now >= window.until) {
      window = { count: 0, until: now + this.#windowSeconds * 1_000 };
      this.#windows.set(network, window);
    }
    window.count++;
    if (window.count < this.#limit) return;
    this.#blockedUntil = Math.max(this.#blockedUntil, window.until);
    if (window.count === this.#limit) this.#onLimit(network);
  }
}

/** Shorter than the timeout of common load balancers. */
const HEALTH_CHECK_DELAY_MS = 500;

/** Limits the requests that carry no credential, by network: they must not take the CPU from clients. */
export class AnonymousLimit {
  readonly #requests: NetworkLimit;
  readonly #healthChecks: NetworkLimit;

  /** @param options Apply to health checks too, which count apart. */
  constructor(options: NetworkLimitOptions) {
    this.#requests = new NetworkLimit(options);
    this.#healthChecks = new NetworkLimit(options);
  }

  /** Counts the request. The problem to reject it with, if its network is over the limit. */
  take(caller: Caller): Problem | undefined {
    const seconds = this.#requests.secondsBlocked(caller);
    if (seconds === 0) {
      this.#requests.count(caller);
      return undefined;
    }
    const headers = this.#requests.rejectionHeaders("anonymous-requests", seconds);
    return new Problem("too-many-anonymous-requests", { headers });
  }

  /** Counts the request. Throws a problem over the limit. */
  charge(caller: Caller): void {
    const problem = this.take(caller);
    if (problem !== undefined) throw problem;
  }

  /** Over the limit it delays the check and never rejects it: a load balancer would take the process out of service. */
  async admitHealthCheck(caller: Caller): Promise<void> {
    if (this.#healthChecks.secondsBlocked(caller) > 0) await sleep(HEALTH_CHECK_DELAY_MS);
    else this.#healthChecks.count(caller);
  }

  readonly middleware = (ctx: Context, next: Next): Promise<unknown> => {
    this.charge(ctx);
    return next();
  };
}
