import { type ClientRepository, parseClientId } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { pageRequest, toPageJson } from "../routing/page-request.ts";
import { toClientJson } from "./client-json.ts";

export const listClients =
  (clients: ClientRepository) =>
  async (ctx: Context): Promise<void> => {
    const page = await valueOrProblem(clients.list(pageRequest(ctx, parseClientId)));
    ctx.body = toPageJson(page, toClientJson);
  };
