import type { Metrics } from "../observability/metrics.ts";
import { component, object } from "../openapi/component.ts";
import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";
import { defineRoute, type NotReady, type Route } from "../routing/route.ts";

const HealthComponent = component(
  "Health",
  object("The state of the process.", { status: { type: "string", enum: ["ok", "ready"] } }),
);

/** Independent of the database. */
const readLivez = defineRoute({
  method: "GET",
  path: "/livez",
  authentication: "health-check",
  operationId: "livez",
  tag: "Operations",
  summary: "Check that the process is alive",
  response: { status: 200, body: HealthComponent },
  handler: async () => ({ body: { status: "ok" } }),
});

const NOT_READY: Readonly<Record<NotReady, string>> = {
  "database-away": "The database is unreachable or does not respond within 2 s.",
  "migration-pending": "The database schema is out of date. Run the command migrate.",
  "read-only": "The database accepts no writes. It is a standby or was set to read-only.",
};

const readReadyz = defineRoute({
  method: "GET",
  path: "/readyz",
  authentication: "health-check",
  operationId: "readyz",
  tag: "Operations",
  summary: "Check that the database is reachable, migrated and writable",
  response: { status: 200, body: HealthComponent },
  handler: async (_request, { checkReadiness }) => {
    const reason = await checkReadiness();
    if (reason !== null) throw new Problem("service-unavailable", { detail: NOT_READY[reason] });
    return { body: { status: "ready" } };
  },
});

/** Health checks of the same moment share a check, so that many of them cost the database no more than one. */
export const sharing = <Result>(check: () => Promise<Result>): (() => Promise<Result>) => {
  let running: Promise<Result> | undefined;
  return () => {
    running ??= check().finally(() => {
      running = undefined;
    });
    return running;
  };
};

export const operationsRoutes: readonly Route[] = [readLivez, readReadyz];

/** Not JSON, so it is no declared route. */
export const readMetrics =
  ({ registry }: Metrics) =>
  async (ctx: Context): Promise<void> => {
    ctx.set("Content-Type", registry.contentType);
    ctx.body = await registry.metrics();
  };
