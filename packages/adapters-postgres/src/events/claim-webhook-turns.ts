import { HAS_OBJECT, paymentOf } from "./event-row.ts";
import { INDEX_ORDER } from "./webhook-statements.ts";

const OF_ENDPOINT = "bucket = w.bucket and client_id = w.client_id";

const NEW_EVENTS = `events where ${OF_ENDPOINT}
  and (position, id) > (w.feed_position, w.feed_event_id) and position < horizon`;

const DUE = `webhook_deliveries where ${OF_ENDPOINT} and endpoint_id = w.id and next_attempt_at <= at_time
  order by next_attempt_at, event_position, event_id`;

/** A delivery as `DueRow` reads it, with an event `e` and its payment `p`. */
const deliveryJson = (columns: string): string => `json_build_object(${columns},
  'id', e.id, 'type', e.type, 'mode', coalesce(e.mode, m.mode), 'payment_id', e.payment_id, 'sequence', e.sequence,
  'object', e.object, 'created_at', e.created_at, 'amount', p.amount::text, 'currency', p.currency,
  'description', p.description, 'metadata', p.metadata)`;

/**
 * Leases endpoints that have work and returns their due deliveries and the events that follow their cursors.
 *
 * An endpoint has work if its feed has a new event, a delivery is due or a replay runs. Due deliveries come first, then
 * new events. A replay uses the rest of the limit: its events become due deliveries here. A new event has no delivery
 * yet: `settle_webhook_turns` stores it and moves the cursor.
 */
export const CLAIM_WEBHOOK_TURNS = `create function claim_webhook_turns(
  is_failing boolean, endpoint_limit integer, delivery_limit integer, lease_ms double precision
) returns table (
  client_id text, id uuid, url text, event_types text[], description text, disabled_reason text, secret text,
  former_secret text, former_secret_ends_at timestamptz, failing_for_ms double precision, created_at timestamptz,
  updated_at timestamptz, lease text, mode text, has_more boolean, feed_position bigint, feed_event_id uuid,
  due json, live json
)
language plpgsql volatile security invoker ${INDEX_ORDER} set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  at_time timestamptz := clock_timestamp();
  -- Read before the events: every transaction below it has ended, so its events are visible.
  horizon bigint := event_horizon();
  buckets smallint[];
  clients text[];
  ids uuid[];
  replays boolean;
begin
  with claimed as (
    update webhook_endpoints w
    set claimed_at = at_time, lease_ends_at = at_time + lease_ms * interval '1 millisecond'
    from (
      select w.bucket, w.client_id, w.id from webhook_endpoints w
      where w.disabled_reason is null and w.lease_ends_at <= at_time and (w.failing_since is not null) = is_failing
        and (
          w.replay_since is not null
          or (select next_attempt_at from ${DUE} limit 1) is not null
          or (select position from ${NEW_EVENTS} order by position, id limit 1) is not null
        )
      order by w.claimed_at limit endpoint_limit for update of w skip locked
    ) due
    where w.bucket = due.bucket and w.client_id = due.client_id and w.id = due.id
    returning w.bucket, w.client_id, w.id, w.replay_since
  )
  select array_agg(c.bucket), array_agg(c.client_id), array_agg(c.id), bool_or(c.replay_since is not null)
  into buckets, clients, ids, replays from claimed c;
  if ids is null then
    return;
  end if;

  if replays then
    with room as (
      select w.*, greatest(0, delivery_limit
        - (select count(*) from (select from ${NEW_EVENTS} order by position, id limit delivery_limit) e)
        - (select count(*) from (select from ${DUE} limit delivery_limit) d)) as size
      from unnest(buckets, clients, ids) as l (bucket, client_id, id)
      join webhook_endpoints w on w.bucket = l.bucket and w.client_id = l.client_id and w.id = l.id
      where w.replay_since is not null
    ),
    replayed as (
      select w.bucket, w.client_id, w.id as endpoint_id, w.event_types, w.replay_since, e.*
      from room w cross join lateral (
        select position, id, type, created_at from events where ${OF_ENDPOINT}
          and (position, id) > (w.replay_position, w.replay_event_id)
          and (position, id) <= (w.replay_until_position, w.replay_until_event_id)
        order by position, id limit w.size
      ) e
    ),
    replay_end as (
      select distinct on (endpoint_id) endpoint_id, position, id, count(*) over (partition by endpoint_id) as events
      from replayed order by endpoint_id, position desc, id desc
    ),
    started as (
      insert into webhook_deliveries
        (bucket, client_id, endpoint_id, event_id, event_position, event_type, state, next_attempt_at)
      select bucket, client_id, endpoint_id, id, position, type, 'pending', at_time from replayed
      where created_at >= replay_since and (event_types is null or type = any(event_types))
      on conflict (bucket, client_id, endpoint_id, event_id)
        do update set state = 'pending', attempts = 0, next_attempt_at = excluded.next_attempt_at
    )
    update webhook_endpoints w set
      replay_position = coalesce(r.position, w.replay_position),
      replay_event_id = coalesce(r.id, w.replay_event_id),
      replay_since = case when room.size > coalesce(r.events, 0) then null else w.replay_since end
    from room left join replay_end r on r.endpoint_id = room.id
    where w.bucket = room.bucket and w.client_id = room.client_id and w.id = room.id;
  end if;

  return query
  select w.client_id, w.id, w.url, w.event_types, w.description, w.disabled_reason, w.secret,
    case when w.former_secret_ends_at > at_time then w.former_secret end, w.former_secret_ends_at,
    extract(epoch from at_time - w.failing_since)::double precision * 1000, w.created_at, w.updated_at,
    w.claimed_at::text, m.mode, w.replay_since is not null or d.found + n.found >= delivery_limit,
    n.position, n.event_id, d.deliveries, n.deliveries
  from unnest(buckets, clients, ids) as l (bucket, client_id, id)
  join webhook_endpoints w on w.bucket = l.bucket and w.client_id = l.client_id and w.id = l.id
  left join lateral (
    select c.mode from clients c where c.bucket = w.bucket and c.id::text = w.client_id limit 1
  ) m on true
  cross join lateral (
    select count(*) as found,
      json_agg(${deliveryJson("'event_id', d.event_id, 'position', d.event_position::text, 'event_type', d.event_type, 'attempts', d.attempts, 'event', d.event")}
        order by d.next_attempt_at, d.event_position, d.event_id)
        filter (where d.event is not null or e.id is not null and ${HAS_OBJECT}) as deliveries
    from (
      select event_id, event_position, event_type, attempts, event, next_attempt_at from ${DUE} limit delivery_limit
    ) d
    left join lateral (
      select * from events where ${OF_ENDPOINT} and (position, id) >= (d.event_position, d.event_id)
      order by position, id limit 1
    ) e on e.position = d.event_position and e.id = d.event_id
    ${paymentOf("r.amount, r.currency, r.description, r.metadata")}
  ) d
  cross join lateral (
    select count(*) as found, max(e.position) as position,
      (array_agg(e.id order by e.position desc, e.id desc))[1] as event_id,
      json_agg(${deliveryJson("'position', e.position::text")} order by e.position, e.id)
        filter (where (w.event_types is null or e.type = any(w.event_types)) and ${HAS_OBJECT}) as deliveries
    from (select * from ${NEW_EVENTS} order by position, id limit delivery_limit - d.found) e
    ${paymentOf("r.amount, r.currency, r.description, r.metadata")}
  ) n;
end $$`;
