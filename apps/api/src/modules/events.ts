import { KnexEventFeed, KnexWebhookDeliveries, KnexWebhookEndpointRepository } from "@payments/adapters-postgres";
import { ContainerModule } from "inversify";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** The stored events, and the endpoints and deliveries that bring them to clients. */
export const eventsModule = new ContainerModule(({ bind }) => {
  bind(T.EventFeed).toResolvedValue(
    ({ poolSize }, knex, clock, statistics) =>
      new KnexEventFeed(knex, { clock, statistics, readConcurrency: Math.ceil(poolSize * 0.2) }),
    [CONFIG.database, T.Knex, T.Clock, T.DatabaseStatistics],
  );
  bind(T.WebhookEndpointRepository).toResolvedValue((knex) => new KnexWebhookEndpointRepository(knex), [T.Knex]);
  bind(T.WebhookDeliveries).toResolvedValue((knex) => new KnexWebhookDeliveries(knex), [T.Knex]);
});
