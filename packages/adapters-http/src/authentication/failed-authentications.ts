import type { Audit, AuthenticationMethod, RefusalDetails } from "../observability/audit.ts";
import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";
import type { NetworkLimit } from "./network-limit.ts";

const CODES = { "api-key": "invalid-api-key", "admin-token": "invalid-admin-token" } as const;

/** Turns failed authentications into problems, and stops networks that have too many of them. */
export class Refusals {
  readonly #audit: Audit;
  readonly #failures: NetworkLimit;

  constructor(audit: Audit, failures: NetworkLimit) {
    this.#audit = audit;
    this.#failures = failures;
  }

  /** For a credential that was tried and failed: it counts against the network that it came from. */
  refuse(ctx: Context, method: AuthenticationMethod, reason: string, details: RefusalDetails = {}): Problem {
    const blocked = this.whereBlocked(ctx);
    if (blocked !== undefined) return blocked(method);
    ctx.state.client = undefined;
    this.#failures.count(ctx);
    this.#audit.refused(ctx, method, reason, details);
    return new Problem(CODES[method]);
  }

  /** Where the network is blocked: what makes the problem of a request that is refused for it. */
  whereBlocked(ctx: Context): ((method: AuthenticationMethod) => Problem) | undefined {
    const seconds = this.#failures.secondsBlocked(ctx);
    if (seconds === 0) return undefined;
    return (method) => {
      ctx.state.client = undefined;
      this.#audit.refused(ctx, method, "too many failures from this address");
      return new Problem("too-many-failed-authentications", { headers: { "Retry-After": String(seconds) } });
    };
  }
}
