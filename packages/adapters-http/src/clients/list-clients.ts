import { type ClientRepository, parseClientId } from "@payments/domain";
import type { Context } from "../routing/context.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { pageRequest, toPageJson } from "../routing/page-request.ts";
import { toAccountJson } from "./client-json.ts";

export const listAccounts =
  (clients: ClientRepository) =>
  async (ctx: Context): Promise<void> => {
    const page = await valueOrProblem(clients.list(pageRequest(ctx, parseClientId)));
    ctx.body = toPageJson(page, toAccountJson);
  };
