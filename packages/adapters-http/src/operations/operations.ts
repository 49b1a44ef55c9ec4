import type { Metrics } from "../observability/metrics.ts";
import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";

/** The process is alive, whatever the database does. */
export const livez = (ctx: Context): void => {
  ctx.body = { status: "ok" };
};

const NOT_READY = {
  "database-away": "The database can't be reached, or does not answer within 2 s.",
  "migration-pending": "The database's schema is not up to date: migrate it.",
  "read-only": "The database takes no writes: it is a standby, or was made read-only.",
} as const;

/** Why the service can't do its work. */
export type NotReady = keyof typeof NOT_READY;

/** The database can be reached, is migrated and takes writes. */
export const readyz =
  (checkReadiness: () => Promise<NotReady | null>) =>
  async (ctx: Context): Promise<void> => {
    const reason = await checkReadiness();
    if (reason !== null) throw new Problem("service-unavailable", { detail: NOT_READY[reason] });
    ctx.body = { status: "ready" };
  };

export const readMetrics =
  ({ registry }: Metrics) =>
  async (ctx: Context): Promise<void> => {
    ctx.set("Content-Type", registry.contentType);
    ctx.body = await registry.metrics();
  };
