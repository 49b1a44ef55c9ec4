import { PostgresRequestQuota } from "@payments/adapters-postgres";
import { ContainerModule } from "inversify";
import { CONFIG, TOKENS as T } from "./tokens.ts";

export const quotasModule = new ContainerModule(({ bind }) => {
  bind(T.RequestQuota).toResolvedValue(
    ({ clientRequests, windowSeconds }, knex, statistics, metrics, logger) =>
      clientRequests === 0
        ? null
        : new PostgresRequestQuota(knex, {
            limit: clientRequests,
            windowSeconds,
            statistics,
            onLease: (outcome, err) => {
              metrics.leased(outcome);
              if (outcome === "failed") logger.warn({ err }, "no quota lease: this process counts by itself");
            },
          }),
    [CONFIG.limits, T.Knex, T.DatabaseStatistics, T.Metrics, T.Logger],
  );
});
