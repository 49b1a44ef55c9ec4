import { type ClientRepository, parseClientId } from "@payments/domain";
import type { Context } from "../../context.ts";
import { valueOrProblem } from "../../problem/problem-for.ts";
import { pageRequest, toPageJson } from "../../request/page-request.ts";
import { toAccountJson } from "./account-json.ts";

export const listAccounts =
  (clients: ClientRepository) =>
  async (ctx: Context): Promise<void> => {
    const page = await valueOrProblem(clients.list(pageRequest(ctx, parseClientId)));
    ctx.body = toPageJson(page, toAccountJson);
  };
