import type { Context } from "../context.ts";
import type { Metrics } from "../observability/metrics.ts";
import { Problem } from "../problem/problem.ts";

/** The process is alive, whatever the database does. */
export const livez = (ctx: Context): void => {
  ctx.body = { status: "ok" };
};

/** The database can be reached and is migrated. */
export const readyz =
  (isReady: () => Promise<boolean>) =>
  async (ctx: Context): Promise<void> => {
    if (!(await isReady())) {
      throw new Problem("service-unavailable", { detail: "The database is away, or its schema is not up to date." });
    }
    ctx.body = { status: "ready" };
  };

export const readMetrics =
  ({ registry }: Metrics) =>
  async (ctx: Context): Promise<void> => {
    ctx.set("Content-Type", registry.contentType);
    ctx.body = await registry.metrics();
  };
