import { type ApiKeyUsage, type ClientRepository, parseClientId } from "@payments/domain";
import type { Context } from "../routing/context.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { idFrom } from "../routing/page-request.ts";
import { toAccountDetailsJson } from "./client-json.ts";

export const accountIdOf = (ctx: Context) => idFrom(parseClientId(ctx.params["id"] ?? ""), "account-not-found");

export const readAccount =
  (clients: ClientRepository, apiKeyUsage: ApiKeyUsage) =>
  async (ctx: Context): Promise<void> => {
    const client = await valueOrProblem(clients.find(accountIdOf(ctx)));
    ctx.body = toAccountDetailsJson(client, await valueOrProblem(apiKeyUsage.find(client.id)));
  };
