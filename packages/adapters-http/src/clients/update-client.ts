import type { ClientChanges, UpdateClient } from "@payments/domain";
import type { Audit } from "../observability/audit.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { valid } from "../routing/validate.ts";
import { readJson } from "../server/read-json.ts";
import { toClientJson } from "./client-json.ts";
import { UpdateClientRequest } from "./client-schemas.ts";
import { clientIdOf } from "./read-client.ts";

export const updateClient =
  (updateClient: UpdateClient, audit: Audit) =>
  async (ctx: Context): Promise<void> => {
    const { name, email, status } = valid(UpdateClientRequest, await readJson(ctx));
    const changes: ClientChanges = {
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      ...(status !== undefined && { status }),
    };
    const client = await valueOrProblem(updateClient.execute(clientIdOf(ctx), changes));
    await audit.changed(ctx, "client-updated", client.id, {
      keyHint: client.keyHint,
      fields: Object.keys(changes),
      status: client.status,
    });
    ctx.body = toClientJson(client);
  };
