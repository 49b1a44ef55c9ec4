import { execute, type Migration } from "./migration.ts";

/** The position of this transaction's events. As part of a statement it is cheaper than as a function. */
export const EVENT_POSITION = "select pg_current_xact_id()::text::bigint + base from event_positions where one_row";

/**
 * The events of each client in the order of its feed.
 *
 * An event without an object is the `payment.created` of a payment that is only recorded, and has its UUID. Its object,
 * payment and sequence follow from the payment, and its mode from the client. Only erasing the client changes these, and
 * would erase a copy too. Storing them would triple what the event costs PostgreSQL.
 *
 * `position` is the transaction's id plus a base. A reader sees only the positions below `event_horizon()`: every
 * transaction there has ended, so nothing appears before an event that was read. A sequence would not do: its lower
 * number can become visible after a higher one.
 *
 * Transaction ids restart in a new cluster that a dump is restored into. The base then rises above all stored positions
 * (`keepEventPositions`), so positions never go back.
 */
export const events: Migration = {
  async up(trx) {
    await execute(
      trx,
      // One row. The key lets functions read it that run without sequential scans.
      `create table event_positions (
        one_row boolean primary key default true check (one_row),
        system_identifier bigint not null,
        base bigint not null
      )`,
      "insert into event_positions select true, system_identifier, 0 from pg_control_system()",
      `create table events (
        bucket smallint not null,
        client_id text not null,
        position bigint not null,
        id uuid not null,
        type text not null,
        mode text,
        payment_id uuid,
        sequence integer,
        object json,
        created_at timestamptz not null,
        primary key (bucket, client_id, position, id)
      )`,
      `create unique index events_of_payment on events (bucket, client_id, payment_id, sequence)
        where payment_id is not null`,
      `create function event_position() returns bigint language sql volatile as '${EVENT_POSITION}'`,
      `create function event_horizon() returns bigint language sql stable as
        'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + base from event_positions where one_row'`,
    );
  },

  async down(trx) {
    await execute(
      trx,
      "drop function event_horizon",
      "drop function event_position",
      "drop table events",
      "drop table event_positions",
    );
  },
};
