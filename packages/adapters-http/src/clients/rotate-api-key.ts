import type { RotateApiKey } from "@payments/domain";
import type { Audit } from "../observability/audit.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { valid } from "../routing/validate.ts";
import { readOptionalJson } from "../server/read-json.ts";
import { RotateApiKeyRequest } from "./client-schemas.ts";
import { clientIdOf } from "./read-client.ts";

export const rotateApiKey =
  (rotate: RotateApiKey, audit: Audit) =>
  async (ctx: Context): Promise<void> => {
    const { overlapSeconds } = valid(RotateApiKeyRequest, await readOptionalJson(ctx));
    const id = clientIdOf(ctx);
    const { apiKey, overlapEndsAt } = await valueOrProblem(rotate.execute(id, overlapSeconds));
    await audit.changed(ctx, "api-key-rotated", id, { keyHint: apiKey.hint, overlapEndsAt });
    ctx.status = 201;
    ctx.body = {
      apiKey: apiKey.reveal(),
      keyHint: apiKey.hint,
      overlapEndsAt: overlapEndsAt?.toISOString() ?? null,
    };
  };
