import { randomUUID } from "node:crypto";
import type { Context, Next } from "../routing/context.ts";

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's own id where it is harmless to log, else a new one. */
export const requestIdFrom = (header: string | string[] | undefined): string =>
  typeof header === "string" && ACCEPTED.test(header) ? header : randomUUID();

export const requestId = (ctx: Context, next: Next): Promise<unknown> => {
  const id = requestIdFrom(ctx.req.headers["x-request-id"]);
  ctx.state.requestId = id;
  ctx.res.setHeader("X-Request-Id", id);
  return next();
};
