import type { RevokeApiKey } from "@payments/domain";
import type { Audit } from "../observability/audit.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { clientIdOf } from "./read-client.ts";

export const revokeApiKey =
  (revoke: RevokeApiKey, audit: Audit) =>
  async (ctx: Context): Promise<void> => {
    const id = clientIdOf(ctx);
    await valueOrProblem(revoke.execute(id));
    await audit.changed(ctx, "api-key-revoked", id);
    ctx.status = 204;
  };
