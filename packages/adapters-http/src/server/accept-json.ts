import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";

/** Answers are JSON, problems are a kind of it. */
export const requireJsonAccepted = (ctx: Context): void => {
  const { accept } = ctx.req.headers;
  if (accept === undefined || accept === "*/*" || accept === "application/json") return;
  if (!ctx.accepts("application/json")) throw new Problem("not-acceptable");
};
