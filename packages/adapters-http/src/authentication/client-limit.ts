import type { AuthenticatedClient, QuotaAnswer, RequestQuota } from "@payments/domain";
import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";

/** The name of the policy in the headers. */
const POLICY = '"client"';

/**
 * Charges every request of a client to its quota, and tells the client how it stands with the headers of
 * draft-ietf-httpapi-ratelimit-headers-10: RateLimit with every answer, RateLimit-Policy, which never changes, only
 * with a 429, because each header costs a payment a microsecond. What is over the quota is 429, whatever else is
 * wrong with it.
 */
export class ClientLimit {
  readonly #quota: RequestQuota | null;
  readonly #policy: string;

  /** @param quota Null: no limit. */
  constructor(quota: RequestQuota | null) {
    this.#quota = quota;
    this.#policy = quota === null ? "" : `${POLICY};q=${quota.limit};w=${quota.windowSeconds}`;
  }

  /**
   * Throws or rejects with a problem where the quota is used up. A promise only where the quota needs one: the
   * payment route has no time to give away.
   */
  charge(ctx: Context, { clientId }: AuthenticatedClient): Promise<void> | undefined {
    if (this.#quota === null) return undefined;
    const answer = this.#quota.take(clientId);
    if (answer instanceof Promise) return answer.then((settled) => this.#settle(ctx, settled));
    this.#settle(ctx, answer);
    return undefined;
  }

  /** For a request that was charged and was not the client's after all: it pays nothing, and is told nothing. */
  undo(ctx: Context, { clientId }: AuthenticatedClient): void {
    this.#quota?.giveBack(clientId);
    ctx.res.removeHeader("RateLimit");
  }

  #settle(ctx: Context, { granted, remaining, resetsInSeconds }: QuotaAnswer): void {
    const standing = `${POLICY};r=${remaining};t=${resetsInSeconds}`;
    if (granted) {
      ctx.res.setHeader("RateLimit", standing);
      return;
    }
    throw new Problem("too-many-requests", {
      headers: { "RateLimit-Policy": this.#policy, RateLimit: standing, "Retry-After": String(resetsInSeconds) },
    });
  }
}
