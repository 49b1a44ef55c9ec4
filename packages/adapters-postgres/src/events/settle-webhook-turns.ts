import { INDEX_ORDER } from "./webhook-statements.ts";

/** The delivery has not been resent, replayed or settled since the turn read it. */
const UNCHANGED = "d.state = 'pending' and d.attempts = excluded.attempts - excluded.attempts_in_all";

/** The delivery's latest attempt, if any, is in `webhook_attempts`. */
const IN_ATTEMPTS = "(d.attempts_in_all > 1 or d.started_at is null)";

/**
 * Stores what became of turns: moves the cursors past their new events, stores deliveries and attempts, and ends the
 * leases. `owners` give the position of the turn that a delivery belongs to. `seen` counts the attempts that the turn
 * read. A delivery without `started_at` was not attempted: it is new, and becomes due.
 *
 * A deleted endpoint's turn is not stored. For an endpoint that was claimed again after the lease, only the attempts
 * are: the rest belongs to the later turn. The order of the locks prevents a deadlock between two calls with the same
 * endpoints. An endpoint MUST NOT occur twice in one call.
 *
 * A delivery that was resent or settled meanwhile keeps its state, and only the attempt is stored. A delivery that the
 * call creates holds its attempt itself. `webhook_attempts` has all others.
 */
export const SETTLE_WEBHOOK_TURNS = `create function settle_webhook_turns(
  buckets smallint[], clients text[], endpoints uuid[], leases timestamptz[], conditions text[],
  feed_positions bigint[], feed_event_ids uuid[],
  owners integer[], event_ids uuid[], positions bigint[], types text[], seen integer[], states text[],
  retries_ms double precision[], started_ats timestamptz[], durations_ms integer[], statuses smallint[],
  responses text[], retry_afters_ms bigint[], failures text[]
) returns void language plpgsql volatile security invoker ${INDEX_ORDER} as $$
declare
  at_time timestamptz := clock_timestamp();
  found integer[];
  held integer[];
  is_repeated boolean;
begin
  select array_agg(l.number) into found from (
    select s.number::integer from unnest(buckets, clients, endpoints) with ordinality as s (bucket, client_id, id, number)
    join webhook_endpoints w on w.bucket = s.bucket and w.client_id = s.client_id and w.id = s.id
    order by w.bucket, w.client_id, w.id for update of w
  ) l;

  with settled as (
    update webhook_endpoints w set
      lease_ends_at = '-infinity',
      feed_position = coalesce(s.feed_position, w.feed_position),
      feed_event_id = coalesce(s.feed_event_id, w.feed_event_id),
      failing_since = case s.condition
        when 'healthy' then null
        when 'failing' then coalesce(w.failing_since, at_time)
        else w.failing_since end
    from unnest(buckets, clients, endpoints, leases, conditions, feed_positions, feed_event_ids) with ordinality
      as s (bucket, client_id, id, lease, condition, feed_position, feed_event_id, number)
    where w.bucket = s.bucket and w.client_id = s.client_id and w.id = s.id and w.claimed_at = s.lease
    returning s.number::integer
  )
  select array_agg(s.number) into held from settled s;

  with stored as (
    insert into webhook_deliveries as d (bucket, client_id, endpoint_id, event_id, event_position, event_type, state,
      attempts, attempts_in_all, next_attempt_at, created_at, started_at, duration_ms, status, response, retry_after_ms,
      failure)
    select buckets[s.owner], clients[s.owner], endpoints[s.owner], s.event_id, s.position, s.type, s.state,
      s.seen + s.made, s.made, at_time + s.retry_ms * interval '1 millisecond', leases[s.owner], s.started_at,
      s.duration_ms, s.status, s.response, s.retry_after_ms, s.failure
    from (
      select s.*, (s.started_at is not null)::integer as made
      from unnest(owners, event_ids, positions, types, seen, states, retries_ms, started_ats, durations_ms, statuses,
          responses, retry_afters_ms, failures)
        as s (owner, event_id, position, type, seen, state, retry_ms, started_at, duration_ms, status, response,
          retry_after_ms, failure)
      where s.owner = any(found) and (s.started_at is not null or s.owner = any(held))
    ) s
    on conflict (bucket, client_id, endpoint_id, event_id) do update set
      attempts_in_all = d.attempts_in_all + excluded.attempts_in_all,
      attempts = case when ${UNCHANGED} then excluded.attempts else d.attempts end,
      state = case when ${UNCHANGED} then excluded.state else d.state end,
      next_attempt_at = case when ${UNCHANGED} then excluded.next_attempt_at else d.next_attempt_at end
    returning ${IN_ATTEMPTS} as in_attempts
  )
  select bool_or(s.in_attempts) into is_repeated from stored s;

  if is_repeated then
    insert into webhook_attempts (bucket, client_id, endpoint_id, event_id, number, started_at, duration_ms, status,
      response, retry_after_ms, failure)
    select d.bucket, d.client_id, d.endpoint_id, d.event_id, d.attempts_in_all, s.started_at, s.duration_ms, s.status,
      s.response, s.retry_after_ms, s.failure
    from unnest(owners, event_ids, started_ats, durations_ms, statuses, responses, retry_afters_ms, failures)
      as s (owner, event_id, started_at, duration_ms, status, response, retry_after_ms, failure)
    join webhook_deliveries d on d.bucket = buckets[s.owner] and d.client_id = clients[s.owner]
      and d.endpoint_id = endpoints[s.owner] and d.event_id = s.event_id
    where s.owner = any(found) and s.started_at is not null and ${IN_ATTEMPTS};
  end if;
end $$`;
