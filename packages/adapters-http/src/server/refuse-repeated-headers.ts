import { Problem } from "../problem/problem.ts";
import type { Context, Next } from "../routing/context.ts";

const ONCE: ReadonlyMap<string, number> = new Map(
  ["x-api-key", "authorization", "idempotency-key", "content-type", "host"].map((name, index) => [name, 1 << index]),
);

/** Node joins repeated headers or drops all but one: which of two credentials counts must not be a matter of luck. */
export const refuseRepeatedHeaders = (ctx: Context, next: Next): Promise<unknown> => {
  const { rawHeaders } = ctx.req;
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    const bit = ONCE.get(name);
    if (bit === undefined) continue;
    if ((seen & bit) !== 0) {
      throw new Problem("repeated-header", { errors: [{ header: name, detail: "must be sent once" }] });
    }
    seen |= bit;
  }
  return next();
};
