import { Problem } from "../problem/problem.ts";
import type { Context } from "./context.ts";

/** For a path that a route with a parameter would match too: without this, `create` would be read as a payment's id. */
export const allowOnly =
  (method: string) =>
  (ctx: Context): void => {
    ctx.set("Allow", method);
    if (ctx.method !== "OPTIONS") throw new Problem("method-not-allowed");
    ctx.status = 200;
    ctx.body = "";
  };
