import { execute, type Migration } from "./migration.ts";

/**
 * The URLs that receive a client's events. Secrets are encrypted.
 *
 * Each endpoint follows the feed of its client: every event up to (`feed_position`, `feed_event_id`) has a delivery, if
 * the endpoint wants its type. A replay follows the feed once more, with its own cursor, until it reaches the place
 * where the feed's cursor was. A process claims an endpoint with a lease, so one process at a time sends to it.
 */
export const webhookEndpoints: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table webhook_endpoints (
        bucket smallint not null,
        client_id text not null,
        id uuid not null,
        url text not null,
        event_types text[],
        description text,
        disabled_reason text check (disabled_reason in ('client', 'operator', 'gone', 'failing')),
        secret text not null,
        former_secret text,
        former_secret_ends_at timestamptz,
        feed_position bigint not null,
        feed_event_id uuid not null,
        replay_since timestamptz,
        replay_position bigint,
        replay_event_id uuid,
        replay_until_position bigint,
        replay_until_event_id uuid,
        failing_since timestamptz,
        lease_ends_at timestamptz not null default '-infinity',
        claimed_at timestamptz not null default '-infinity',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (bucket, client_id, id),
        check ((former_secret is null) = (former_secret_ends_at is null))
      ) with (fillfactor = 50)`,
    );
  },

  async down(trx) {
    await execute(trx, "drop table webhook_endpoints");
  },
};
