import type { RevokeApiKey } from "@payments/domain";
import type { Context } from "../routing/context.ts";
import type { Audit } from "../observability/audit.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { accountIdOf } from "./read-client.ts";

export const revokeApiKey =
  (revoke: RevokeApiKey, audit: Audit) =>
  async (ctx: Context): Promise<void> => {
    const id = accountIdOf(ctx);
    await valueOrProblem(revoke.execute(id));
    await audit.changed(ctx, "api-key-revoked", id);
    ctx.status = 204;
  };
