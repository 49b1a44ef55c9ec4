import type { AdminAuthenticator } from "@payments/domain";
import type { Audit } from "../observability/audit.ts";
import { Problem } from "../problem/problem.ts";
import { problemFor } from "../problem/problem-for.ts";
import type { Context, Next } from "../routing/context.ts";
import { requireJsonAccepted } from "../server/accept-json.ts";
import type { AnonymousLimit } from "./anonymous-limit.ts";
import type { Refusals } from "./failed-authentications.ts";

/** RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** A valid token opens the door also to a network that is blocked: to verify one costs no query. */
export const authenticateAdmin =
  (admins: AdminAuthenticator, audit: Audit, refusals: Refusals, anonymous: AnonymousLimit) =>
  async (ctx: Context, next: Next): Promise<void> => {
    const { authorization } = ctx.req.headers;
    if (authorization === undefined) {
      await anonymous.charge(ctx);
      audit.refused(ctx, "admin-token", "admin-token-missing");
      throw new Problem("admin-token-missing");
    }
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw refusals.refuse(ctx, "admin-token", "not a bearer token");
    const result = await admins.authenticate(token);
    if (result.isErr()) {
      const { error } = result;
      if (error.type === "admin-token-invalid") {
        throw refusals.refuse(ctx, "admin-token", error.reason);
      }
      if (error.type === "admin-role-missing") audit.refused(ctx, "admin-token", error.type, { admin: error.subject });
      throw problemFor(error);
    }
    ctx.state.admin = result.value;
    // Metrics are text: they are told apart by their route, not here.
    if (!ctx.path.endsWith("/metrics")) requireJsonAccepted(ctx);
    await next();
  };
