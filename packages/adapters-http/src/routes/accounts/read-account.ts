import { type ClientRepository, parseClientId } from "@payments/domain";
import type { Context } from "../../context.ts";
import { valueOrProblem } from "../../problem/problem-for.ts";
import { idFrom } from "../../request/page-request.ts";
import { toAccountJson } from "./account-json.ts";

export const accountIdOf = (ctx: Context) => idFrom(parseClientId(ctx.params["id"] ?? ""), "account-not-found");

export const readAccount =
  (clients: ClientRepository) =>
  async (ctx: Context): Promise<void> => {
    ctx.body = toAccountJson(await valueOrProblem(clients.find(accountIdOf(ctx))));
  };
