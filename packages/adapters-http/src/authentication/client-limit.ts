import type { AuthenticatedClient, QuotaDecision, RequestQuota } from "@payments/domain";
import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";

/** The policy name in the headers. */
const POLICY = '"client"';

/**
 * Charges every request to the client's quota. The headers follow draft-ietf-httpapi-ratelimit-headers-10: every
 * response has RateLimit. RateLimit-Policy never changes, so only a 429 has it: a header costs a payment one
 * microsecond. A request over the quota gets 429 before any other fault is reported.
 */
export class ClientLimit {
  readonly #quota: RequestQuota | null;
  readonly #policy: string;

  /** @param quota Null: no limit. */
  constructor(quota: RequestQuota | null) {
    this.#quota = quota;
    this.#policy = quota === null ? "" : `${POLICY};q=${quota.limit};w=${quota.windowSeconds}`;
  }

  /** Throws or rejects with a problem if the quota is used up. Returns a promise only if the quota needs one: it costs. */
  charge(ctx: Context, { clientId }: AuthenticatedClient): Promise<void> | undefined {
    if (this.#quota === null) return undefined;
    const decision = this.#quota.take(clientId);
    if (decision instanceof Promise) return decision.then((settled) => this.#settle(ctx, settled));
    this.#settle(ctx, decision);
    return undefined;
  }

  /** Returns the charge of a request whose authentication failed later, and hides the quota from it. */
  undo(ctx: Context, { clientId }: AuthenticatedClient): void {
    this.#quota?.giveBack(clientId);
    ctx.res.removeHeader("RateLimit");
  }

  #settle(ctx: Context, { granted, remaining, resetsInSeconds }: QuotaDecision): void {
    const rateLimit = `${POLICY};r=${remaining};t=${resetsInSeconds}`;
    if (granted) {
      ctx.res.setHeader("RateLimit", rateLimit);
      return;
    }
    throw new Problem("too-many-requests", {
      headers: { "RateLimit-Policy": this.#policy, RateLimit: rateLimit, "Retry-After": String(resetsInSeconds) },
    });
  }
}
