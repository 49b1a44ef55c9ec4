import type { Context, Next } from "../context.ts";
import { Problem } from "../problem/problem.ts";

const ONCE = ["x-api-key", "authorization", "idempotency-key"];

const isRepeated = (rawHeaders: readonly string[], name: string): boolean => {
  let seen = false;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] as string;
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    if (seen) return true;
    seen = true;
  }
  return false;
};

/** Node joins repeated headers or drops all but one: which of two credentials counts must not be a matter of luck. */
export const refuseRepeatedHeaders = (ctx: Context, next: Next): Promise<unknown> => {
  for (const name of ONCE) {
    if (ctx.req.headers[name] !== undefined && isRepeated(ctx.req.rawHeaders, name)) {
      throw new Problem("repeated-header", { errors: [{ header: name, detail: "must be sent once" }] });
    }
  }
  return next();
};
