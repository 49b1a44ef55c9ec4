import { CLAIM_WEBHOOK_TURNS } from "../events/claim-webhook-turns.ts";
import { SETTLE_WEBHOOK_TURNS } from "../events/settle-webhook-turns.ts";
import { execute, type Migration } from "./migration.ts";

/**
 * One row for each event that an endpoint receives. It is stored with its first attempt, so that most deliveries are one
 * row: the columns from `started_at` are that attempt, and null for a delivery that was stored without one. All other
 * attempts have rows of their own.
 *
 * `event` is null for an event of the feed. `next_attempt_at` is null for a settled delivery. `attempts` counts from the
 * start or the last resend.
 */
export const webhookDeliveries: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table webhook_deliveries (
        bucket smallint not null,
        client_id text not null,
        endpoint_id uuid not null,
        event_id uuid not null,
        event_position bigint not null,
        event_type text not null,
        event json,
        state text not null check (state in ('pending', 'succeeded', 'failed')),
        attempts integer not null default 0,
        attempts_in_all integer not null default 0,
        next_attempt_at timestamptz,
        created_at timestamptz not null default clock_timestamp(),
        started_at timestamptz,
        duration_ms integer,
        status smallint,
        response text,
        retry_after_ms bigint,
        failure text,
        primary key (bucket, client_id, endpoint_id, event_id),
        check ((state = 'pending') = (next_attempt_at is not null)),
        check (started_at is null or (status is null) = (failure is not null))
      )`,
      `create index webhook_deliveries_due on webhook_deliveries
        (bucket, client_id, endpoint_id, next_attempt_at, event_position, event_id) where next_attempt_at is not null`,
      "create index webhook_deliveries_age on webhook_deliveries using brin (created_at)",
      `create table webhook_attempts (
        bucket smallint not null,
        client_id text not null,
        endpoint_id uuid not null,
        event_id uuid not null,
        number integer not null,
        started_at timestamptz not null,
        duration_ms integer not null,
        status smallint,
        response text,
        retry_after_ms bigint,
        failure text,
        primary key (bucket, client_id, endpoint_id, event_id, number),
        check ((status is null) = (failure is not null))
      )`,
      "create index webhook_attempts_age on webhook_attempts using brin (started_at)",
      CLAIM_WEBHOOK_TURNS,
      SETTLE_WEBHOOK_TURNS,
    );
  },

  async down(trx) {
    await execute(
      trx,
      "drop function settle_webhook_turns",
      "drop function claim_webhook_turns",
      "drop table webhook_attempts",
      "drop table webhook_deliveries",
    );
  },
};
