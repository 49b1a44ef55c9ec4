import type { Metrics } from "../observability/metrics.ts";
import type { Context } from "../routing/context.ts";

export const readMetrics =
  ({ registry }: Metrics) =>
  async (ctx: Context): Promise<void> => {
    ctx.set("Content-Type", registry.contentType);
    ctx.body = await registry.metrics();
  };
