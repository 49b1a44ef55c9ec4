import type { ClientChanges, UpdateClient } from "@payments/domain";
import type { Context } from "../routing/context.ts";
import type { Audit } from "../observability/audit.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { readJson } from "../server/read-json.ts";
import { valid } from "../routing/validate.ts";
import { toAccountJson } from "./client-json.ts";
import { UpdateAccountRequest } from "./client-schemas.ts";
import { accountIdOf } from "./read-client.ts";

export const updateAccount =
  (updateClient: UpdateClient, audit: Audit) =>
  async (ctx: Context): Promise<void> => {
    const { name, email, status } = valid(UpdateAccountRequest, await readJson(ctx));
    const changes: ClientChanges = {
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      ...(status !== undefined && { status }),
    };
    const client = await valueOrProblem(updateClient.execute(accountIdOf(ctx), changes));
    await audit.changed(ctx, "account-updated", client.id, {
      keyHint: client.keyHint,
      fields: Object.keys(changes),
      status: client.status,
    });
    ctx.body = toAccountJson(client);
  };
