import { bucketOf, type Knex } from "@payments/adapters-postgres";
import { type ClientEvent, toUuid } from "@payments/domain";
import { until } from "./until.ts";

/** Commits an event as a change of a payment does, without the change. */
export const insertEvent = async (knex: Knex, event: ClientEvent): Promise<void> => {
  await knex.raw(
    `insert into events (bucket, client_id, position, id, type, mode, payment_id, sequence, object, created_at)
    values (:bucket, :clientId, event_position(), :id, :type, :mode, null, :sequence, :object, :createdAt)`,
    {
      bucket: bucketOf(event.clientId),
      clientId: event.clientId,
      id: toUuid(event.id),
      type: event.type,
      mode: event.mode,
      sequence: event.sequence,
      object: JSON.stringify(event.object),
      createdAt: event.createdAt,
    } as never,
  );
};

/** Transactions of other tests on this server hold the horizon back until they end. */
export const untilEventsAreBelowHorizon = (knex: Knex): Promise<void> =>
  until("the events are below the horizon", async () => {
    const { rows } = await knex.raw("select coalesce(max(position) < event_horizon(), true) as visible from events");
    return rows[0].visible;
  });
