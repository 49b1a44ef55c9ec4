import type { ClientRepository } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { type Context, clientOf } from "../routing/context.ts";

export const readMe =
  (clients: ClientRepository) =>
  async (ctx: Context): Promise<void> => {
    const { clientId, keyHint, overlapEndsAt } = clientOf(ctx);
    const { name } = await valueOrProblem(clients.find(clientId));
    ctx.body = { clientId, name, keyHint, overlapEndsAt: overlapEndsAt?.toISOString() ?? null };
  };
