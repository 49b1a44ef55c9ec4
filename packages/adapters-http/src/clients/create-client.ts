import type { CreateClient } from "@payments/domain";
import type { Audit } from "../observability/audit.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { valid } from "../routing/validate.ts";
import { readJson } from "../server/read-json.ts";
import { CreateClientRequest } from "./client-schemas.ts";

export const createClient =
  (createClient: CreateClient, audit: Audit, basePath: string) =>
  async (ctx: Context): Promise<void> => {
    const command = valid(CreateClientRequest, await readJson(ctx));
    const { client, apiKey } = await valueOrProblem(createClient.execute(command));
    await audit.changed(ctx, "client-created", client.id, { keyHint: apiKey.hint });
    ctx.status = 201;
    ctx.set("Location", `${basePath}/accounts/${client.id}`);
    ctx.body = {
      id: client.id,
      name: client.name,
      email: client.email,
      status: client.status,
      apiKey: apiKey.reveal(),
      createdAt: client.createdAt.toISOString(),
    };
  };
