import type { ClientRepository } from "@payments/domain";
import { type Context, clientOf } from "../routing/context.ts";
import { valueOrProblem } from "../problem/problem-for.ts";

export const readMe =
  (clients: ClientRepository) =>
  async (ctx: Context): Promise<void> => {
    const { clientId, keyHint, overlapEndsAt } = clientOf(ctx);
    const { name } = await valueOrProblem(clients.find(clientId));
    ctx.body = { clientId, name, keyHint, overlapEndsAt: overlapEndsAt?.toISOString() ?? null };
  };
