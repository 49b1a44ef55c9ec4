import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";

export interface WebhookBacklog {
  /** How long the most overdue attempt waits; 0: none. Events without a delivery count too. */
  readonly oldestDueSeconds: number;
  readonly disabledEndpoints: number;
}

const BACKLOG = `select
    coalesce(extract(epoch from clock_timestamp() - min(least(d.next_attempt_at, e.created_at))), 0)::double precision
      as oldest,
    (select count(*) from webhook_endpoints where disabled_reason is not null) as disabled
  from webhook_endpoints w
  left join lateral (
    select next_attempt_at from webhook_deliveries
    where bucket = w.bucket and client_id = w.client_id and endpoint_id = w.id and next_attempt_at <= clock_timestamp()
    order by next_attempt_at limit 1
  ) d on true
  left join lateral (
    select created_at from events
    where bucket = w.bucket and client_id = w.client_id and (position, id) > (w.feed_position, w.feed_event_id)
      and position < (select event_horizon())
    order by position, id limit 1
  ) e on true
  where w.disabled_reason is null`;

/** The work that waits at enabled endpoints, for monitoring. */
export const readWebhookBacklog = async (knex: Knex): Promise<WebhookBacklog> => {
  const { rows } = await sanitized(knex.raw(BACKLOG));
  return { oldestDueSeconds: Math.max(0, rows[0].oldest), disabledEndpoints: Number(rows[0].disabled) };
};
