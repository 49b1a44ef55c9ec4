import type { Audit, AuthenticationMethod, FailureDetails } from "../observability/audit.ts";
import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";
import type { NetworkLimit } from "./network-limit.ts";

const CODES = { "api-key": "invalid-api-key", "admin-token": "invalid-admin-token" } as const;

/** Turns failed authentications into problems, and blocks networks that have too many of them. */
export class FailedAuthentications {
  readonly #audit: Audit;
  readonly #failures: NetworkLimit;

  constructor(audit: Audit, failures: NetworkLimit) {
    this.#audit = audit;
    this.#failures = failures;
  }

  /** Counts the failed credential against its network, and returns the problem for the caller. */
  fail(ctx: Context, method: AuthenticationMethod, reason: string, details: FailureDetails = {}): Problem {
    const blocked = this.blocked(ctx);
    if (blocked !== undefined) return blocked(method);
    ctx.state.client = undefined;
    this.#failures.count(ctx);
    this.#audit.authenticationFailed(ctx, method, reason, details);
    return new Problem(CODES[method]);
  }

  /** If the network is blocked: creates the problem for a request that is rejected for it. */
  blocked(ctx: Context): ((method: AuthenticationMethod) => Problem) | undefined {
    const seconds = this.#failures.secondsBlocked(ctx);
    if (seconds === 0) return undefined;
    return (method) => {
      ctx.state.client = undefined;
      this.#audit.authenticationFailed(ctx, method, "too many failures from this address");
      const headers = this.#failures.rejectionHeaders("failed-authentications", seconds);
      return new Problem("too-many-failed-authentications", { headers });
    };
  }
}
