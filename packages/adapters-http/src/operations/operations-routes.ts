import type { Metrics } from "../observability/metrics.ts";
import type { Context } from "../routing/context.ts";
import type { Route } from "../routing/route.ts";
import { readLivez, readReadyz } from "./health.ts";

export const operationsRoutes: readonly Route[] = [readLivez, readReadyz];

/** Not JSON, so it is no declared route. */
export const readMetrics =
  ({ registry }: Metrics) =>
  async (ctx: Context): Promise<void> => {
    ctx.set("Content-Type", registry.contentType);
    ctx.body = await registry.metrics();
  };
