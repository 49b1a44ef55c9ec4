import { type ApiKeyUsage, type ClientRepository, parseClientId } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { idFrom } from "../routing/page-request.ts";
import { toClientDetailsJson } from "./client-json.ts";

export const clientIdOf = (ctx: Context) => idFrom(parseClientId(ctx.params["id"] ?? ""), "client-not-found");

export const readClient =
  (clients: ClientRepository, apiKeyUsage: ApiKeyUsage) =>
  async (ctx: Context): Promise<void> => {
    const client = await valueOrProblem(clients.find(clientIdOf(ctx)));
    ctx.body = toClientDetailsJson(client, await valueOrProblem(apiKeyUsage.find(client.id)));
  };
