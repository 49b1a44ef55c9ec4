import { HAS_OBJECT, RECORDED_PAYMENT } from "./event-row.ts";

/**
 * The planner takes a client's feed for short while statistics are old. It then reads the whole feed with another index
 * and sorts it. These settings leave the index that has the order of each query.
 */
const PLANS = `set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan`;

const OF_ENDPOINT = "bucket = w.bucket and client_id = w.client_id";

/**
 * Leases endpoints that have work, creates the deliveries of the events that follow each cursor, moves the cursors, and
 * returns the due deliveries of each endpoint, one more than the limit if there are more. One transaction: an endpoint
 * whose deliveries are not returned is not leased.
 *
 * An endpoint has work if its feed has a new event, a delivery is due or a replay runs. New events and due deliveries
 * come first: a replay uses the rest of the limit.
 */
export const CLAIM_WEBHOOK_TURNS = `create function claim_webhook_turns(
  is_failing boolean, endpoint_limit integer, delivery_limit integer, lease_ms double precision
) returns table (
  client_id text, id uuid, url text, event_types text[], description text, disabled_reason text, secret text,
  former_secret text, former_secret_ends_at timestamptz, failing_for_ms double precision, created_at timestamptz,
  updated_at timestamptz, lease text, mode text, has_more boolean, deliveries json
)
language plpgsql volatile security invoker ${PLANS} as $$
#variable_conflict use_column
declare
  at_time timestamptz := clock_timestamp();
  buckets smallint[];
  clients text[];
  ids uuid[];
  behind uuid[];
begin
  with claimed as (
    update webhook_endpoints w
    set claimed_at = at_time, lease_ends_at = at_time + lease_ms * interval '1 millisecond'
    from (
      select w.bucket, w.client_id, w.id from webhook_endpoints w
      where w.disabled_reason is null and w.lease_ends_at <= at_time and (w.failing_since is not null) = is_failing
        and (
          w.replay_since is not null
          or (
            select next_attempt_at from webhook_deliveries
            where ${OF_ENDPOINT} and endpoint_id = w.id and next_attempt_at <= at_time
            order by next_attempt_at, event_position, event_id limit 1
          ) is not null
          or (
            select position from events where ${OF_ENDPOINT}
              and (position, id) > (w.feed_position, w.feed_event_id) and position < (select event_horizon())
            order by position, id limit 1
          ) is not null
        )
      order by w.claimed_at limit endpoint_limit for update of w skip locked
    ) due
    where w.bucket = due.bucket and w.client_id = due.client_id and w.id = due.id
    returning w.bucket, w.client_id, w.id
  )
  select array_agg(c.bucket), array_agg(c.client_id), array_agg(c.id) into buckets, clients, ids from claimed c;
  if ids is null then
    return;
  end if;

  with leased as (
    select w.* from unnest(buckets, clients, ids) as l (bucket, client_id, id)
    join webhook_endpoints w on w.bucket = l.bucket and w.client_id = l.client_id and w.id = l.id
  ),
  live as (
    select w.bucket, w.client_id, w.id as endpoint_id, w.event_types, e.position, e.id, e.type
    from leased w cross join lateral (
      select position, id, type from events where ${OF_ENDPOINT}
        and (position, id) > (w.feed_position, w.feed_event_id) and position < (select event_horizon())
      order by position, id limit delivery_limit
    ) e
  ),
  live_end as (
    select distinct on (endpoint_id) endpoint_id, position, id, count(*) over (partition by endpoint_id) as events
    from live order by endpoint_id, position desc, id desc
  ),
  room as (
    select w.bucket, w.client_id, w.id as endpoint_id, greatest(0, delivery_limit
      - coalesce((select events from live_end l where l.endpoint_id = w.id), 0)
      - (select count(*) from (
          select from webhook_deliveries
          where ${OF_ENDPOINT} and endpoint_id = w.id and next_attempt_at <= at_time
          order by next_attempt_at, event_position, event_id limit delivery_limit
        ) due)) as size
    from leased w where w.replay_since is not null
  ),
  replayed as (
    select w.bucket, w.client_id, w.id as endpoint_id, w.event_types, w.replay_since, e.*
    from leased w join room r on r.endpoint_id = w.id cross join lateral (
      select position, id, type, created_at from events where ${OF_ENDPOINT}
        and (position, id) > (w.replay_position, w.replay_event_id)
        and (position, id) <= (w.replay_until_position, w.replay_until_event_id)
      order by position, id limit r.size
    ) e
  ),
  replay_end as (
    select distinct on (endpoint_id) endpoint_id, position, id, count(*) over (partition by endpoint_id) as events
    from replayed order by endpoint_id, position desc, id desc
  ),
  started as (
    insert into webhook_deliveries
      (bucket, client_id, endpoint_id, event_id, event_position, event_type, state, next_attempt_at)
    select bucket, client_id, endpoint_id, id, position, type, 'pending', at_time
    from (
      select bucket, client_id, endpoint_id, event_types, id, position, type from live
      union all
      select bucket, client_id, endpoint_id, event_types, id, position, type from replayed
      where created_at >= replay_since
    ) wanted
    where event_types is null or type = any(event_types)
    on conflict (bucket, client_id, endpoint_id, event_id)
      do update set state = 'pending', attempts = 0, next_attempt_at = excluded.next_attempt_at
  ),
  moved as (
    update webhook_endpoints w set
      feed_position = coalesce(l.position, w.feed_position),
      feed_event_id = coalesce(l.id, w.feed_event_id),
      replay_position = coalesce(r.position, w.replay_position),
      replay_event_id = coalesce(r.id, w.replay_event_id),
      replay_since = case when (select size from room where endpoint_id = w.id) > coalesce(r.events, 0)
        then null else w.replay_since end
    from leased
    left join live_end l on l.endpoint_id = leased.id
    left join replay_end r on r.endpoint_id = leased.id
    where w.bucket = leased.bucket and w.client_id = leased.client_id and w.id = leased.id
    returning w.id, (coalesce(l.events, 0) >= delivery_limit or w.replay_since is not null) as has_more
  )
  select array_agg(m.id) filter (where m.has_more) into behind from moved m;

  return query
  select w.client_id, w.id, w.url, w.event_types, w.description, w.disabled_reason, w.secret, w.former_secret,
    w.former_secret_ends_at, extract(epoch from at_time - w.failing_since)::double precision * 1000, w.created_at, w.updated_at, w.claimed_at::text,
    (select c.mode from clients c where c.bucket = w.bucket and c.id::text = w.client_id),
    coalesce(w.id = any(behind), false), d.due
  from unnest(buckets, clients, ids) as l (bucket, client_id, id)
  join webhook_endpoints w on w.bucket = l.bucket and w.client_id = l.client_id and w.id = l.id
  cross join lateral (
    select coalesce(json_agg(json_build_object('event_id', d.event_id, 'attempts', d.attempts, 'event', d.event,
        'client_id', e.client_id, 'id', e.id, 'type', e.type, 'mode', coalesce(e.mode, p.mode),
        'payment_id', e.payment_id, 'sequence', e.sequence, 'object', e.object, 'created_at', e.created_at,
        'amount', p.amount::text, 'currency', p.currency, 'description', p.description, 'metadata', p.metadata) order by d.next_attempt_at, d.event_position, d.event_id), '[]') as due
    from (
      select event_id, event_position, attempts, event, next_attempt_at from webhook_deliveries
      where ${OF_ENDPOINT} and endpoint_id = w.id and next_attempt_at <= at_time
      order by next_attempt_at, event_position, event_id limit delivery_limit + 1
    ) d
    left join lateral (
      select * from events where ${OF_ENDPOINT} and (position, id) >= (d.event_position, d.event_id)
      order by position, id limit 1
    ) e on e.position = d.event_position and e.id = d.event_id
    ${RECORDED_PAYMENT}
    where d.event is not null or e.id is not null and ${HAS_OBJECT}
  ) d;
end $$`;

/**
 * Stores the attempts of turns and ends their leases. `owners` give the position of the turn that an attempt belongs to.
 * A deleted endpoint's turn is not stored. For an endpoint that was claimed again after the lease, only the attempts
 * are: the lease and the condition belong to the later turn.
 *
 * A delivery that was resent or settled meanwhile has another number of attempts or is not pending: its state stays, and
 * only the attempt is stored. The order of the locks prevents a deadlock between two calls with the same endpoints.
 */
export const SETTLE_WEBHOOK_TURNS = `create function settle_webhook_turns(
  buckets smallint[], clients text[], endpoints uuid[], leases timestamptz[], conditions text[],
  owners integer[], event_ids uuid[], seen integer[], states text[], retries_ms double precision[],
  started_ats timestamptz[], durations_ms integer[], statuses smallint[], responses text[], retry_afters_ms bigint[],
  failures text[]
) returns void language plpgsql volatile security invoker ${PLANS} as $$
declare
  at_time timestamptz := clock_timestamp();
  found integer[];
begin
  perform from unnest(buckets, clients, endpoints) as s (bucket, client_id, id)
  join webhook_endpoints w on w.bucket = s.bucket and w.client_id = s.client_id and w.id = s.id
  order by w.bucket, w.client_id, w.id for update of w;

  with settled as (
    update webhook_endpoints w set
      lease_ends_at = case when w.claimed_at = s.lease then '-infinity' else w.lease_ends_at end,
      failing_since = case
        when w.claimed_at <> s.lease then w.failing_since
        when s.condition = 'healthy' then null
        when s.condition = 'failing' then coalesce(w.failing_since, at_time)
        else w.failing_since end
    from unnest(buckets, clients, endpoints, leases, conditions) with ordinality
      as s (bucket, client_id, id, lease, condition, number)
    where w.bucket = s.bucket and w.client_id = s.client_id and w.id = s.id
    returning s.number::integer
  )
  select array_agg(s.number) into found from settled s;

  with attempted as (
    select buckets[a.owner] as bucket, clients[a.owner] as client_id, endpoints[a.owner] as endpoint_id, a.*
    from unnest(owners, event_ids, seen, states, retries_ms, started_ats, durations_ms, statuses, responses,
        retry_afters_ms, failures)
      as a (owner, event_id, seen, state, retry_ms, started_at, duration_ms, status, response, retry_after_ms, failure)
    where a.owner = any (found)
  ),
  counted as (
    update webhook_deliveries d set
      attempts_in_all = d.attempts_in_all + 1,
      attempts = d.attempts + case when d.state = 'pending' and d.attempts = a.seen then 1 else 0 end,
      state = case when d.state = 'pending' and d.attempts = a.seen then a.state else d.state end,
      next_attempt_at = case when d.state = 'pending' and d.attempts = a.seen
        then at_time + a.retry_ms * interval '1 millisecond' else d.next_attempt_at end
    from attempted a
    where d.bucket = a.bucket and d.client_id = a.client_id and d.endpoint_id = a.endpoint_id
      and d.event_id = a.event_id
    returning a.*, d.attempts_in_all
  )
  insert into webhook_attempts (bucket, client_id, endpoint_id, event_id, number, started_at, duration_ms, status,
    response, retry_after_ms, failure)
  select bucket, client_id, endpoint_id, event_id, attempts_in_all, started_at, duration_ms, status, response,
    retry_after_ms, failure
  from counted;
end $$`;
