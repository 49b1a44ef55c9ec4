import { EVENT_COLUMNS, HAS_OBJECT, RECORDED_PAYMENT } from "./event-row.ts";

/** Sorts after every id. */
export const LAST_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

export const ENDPOINT_COLUMNS = `client_id, id, url, event_types, description, disabled_reason, secret, former_secret,
  former_secret_ends_at, failing_since, created_at, updated_at`;

const OF_ENDPOINT = "bucket = w.bucket and client_id = w.client_id";

/**
 * An endpoint has work if its feed has a new event, a delivery is due or a replay runs. The order makes the feed's key
 * the cheapest way to the next event: a search in any order may read the whole feed.
 */
export const CLAIM = `update webhook_endpoints w set claimed_at = clock_timestamp(),
    lease_ends_at = clock_timestamp() + cast(:leaseMs as double precision) * interval '1 millisecond'
  from (
    select w.bucket, w.client_id, w.id from webhook_endpoints w
    where w.disabled_reason is null and w.lease_ends_at <= clock_timestamp()
      and (w.failing_since is not null) = :failing
      and (
        w.replay_since is not null
        or exists (
          select from webhook_deliveries
          where ${OF_ENDPOINT} and endpoint_id = w.id and next_attempt_at <= clock_timestamp()
        )
        or (
          select position from events where ${OF_ENDPOINT}
            and (position, id) > (w.feed_position, w.feed_event_id) and position < (select event_horizon())
          order by position, id limit 1
        ) is not null
      )
    order by w.claimed_at limit :limit for update of w skip locked
  ) due
  where w.bucket = due.bucket and w.client_id = due.client_id and w.id = due.id
  returning w.bucket, ${ENDPOINT_COLUMNS.replace(/(\w+)(?=,|$)/g, "w.$1")},
    (select c.mode from clients c where c.bucket = w.bucket and c.id = w.client_id) as mode`;

/** The leased endpoints, locked so that a replay that starts now is not overwritten. */
const LEASED = `leased as (
    select w.* from unnest(cast(:buckets as smallint[]), cast(:clients as text[]), cast(:ids as uuid[]))
      as l (bucket, client_id, id)
    join webhook_endpoints w using (bucket, client_id, id)
    order by w.bucket, w.client_id, w.id for update of w
  )`;

/**
 * Creates the deliveries of the events that follow each cursor, and moves the cursors, in one statement. New
 * events and due deliveries come first: a replay uses the rest of the batch.
 */
export const FOLLOW = `with ${LEASED},
  live as (
    select w.bucket, w.client_id, w.id as endpoint_id, w.event_types, e.position, e.id, e.type
    from leased w cross join lateral (
      select position, id, type from events where ${OF_ENDPOINT}
        and (position, id) > (w.feed_position, w.feed_event_id) and position < (select event_horizon())
      order by position, id limit :limit
    ) e
  ),
  room as (
    select w.bucket, w.client_id, w.id as endpoint_id, greatest(0, :limit
      - (select count(*) from live l where l.endpoint_id = w.id)
      - (select count(*) from (
          select from webhook_deliveries
          where ${OF_ENDPOINT} and endpoint_id = w.id and next_attempt_at <= clock_timestamp() limit :limit
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
  started as (
    insert into webhook_deliveries
      (bucket, client_id, endpoint_id, event_id, event_position, event_type, state, next_attempt_at)
    select bucket, client_id, endpoint_id, id, position, type, 'pending', clock_timestamp()
    from (
      select bucket, client_id, endpoint_id, event_types, id, position, type from live
      union all
      select bucket, client_id, endpoint_id, event_types, id, position, type from replayed
      where created_at >= replay_since
    ) wanted
    where event_types is null or type = any(event_types)
    on conflict (bucket, client_id, endpoint_id, event_id)
      do update set state = 'pending', attempts = 0, next_attempt_at = excluded.next_attempt_at
  )
  update webhook_endpoints w set
    feed_position = coalesce(l.position, w.feed_position),
    feed_event_id = coalesce(l.event_id, w.feed_event_id),
    replay_position = coalesce(r.position, w.replay_position),
    replay_event_id = coalesce(r.event_id, w.replay_event_id),
    replay_since = case when (select size from room where endpoint_id = w.id) > coalesce(r.events, 0)
      then null else w.replay_since end
  from leased
  left join lateral (
    select count(*) over () as events, position, id as event_id from live
    where endpoint_id = leased.id order by position desc, id desc limit 1
  ) l on true
  left join lateral (
    select count(*) over () as events, position, id as event_id from replayed
    where endpoint_id = leased.id order by position desc, id desc limit 1
  ) r on true
  where w.bucket = leased.bucket and w.client_id = leased.client_id and w.id = leased.id
  returning w.id, (coalesce(l.events, 0) >= :limit or w.replay_since is not null) as has_more`;

/** Each event is read by its place in the feed: a plain join may read the whole feed while statistics are old. */
export const DUE = `select w.id as endpoint_id, d.event_id, d.attempts, cast(d.event as text) as event, ${EVENT_COLUMNS}
  from unnest(cast(:buckets as smallint[]), cast(:clients as text[]), cast(:ids as uuid[])) as w (bucket, client_id, id)
  cross join lateral (
    select event_id, event_position, attempts, event, next_attempt_at from webhook_deliveries
    where ${OF_ENDPOINT} and endpoint_id = w.id and next_attempt_at <= clock_timestamp()
    order by next_attempt_at, event_position, event_id limit :limit + 1
  ) d
  left join lateral (
    select * from events where ${OF_ENDPOINT} and (position, id) >= (d.event_position, d.event_id)
    order by position, id limit 1
  ) e on e.position = d.event_position and e.id = d.event_id
  ${RECORDED_PAYMENT}
  where d.event is not null or e.id is not null and ${HAS_OBJECT}
  order by d.next_attempt_at, d.event_position, d.event_id`;

/**
 * A delivery that was resent or settled meanwhile has another number of attempts or is not pending: its state stays, and
 * only the attempt is stored.
 */
export const SETTLE = `with endpoint as (
    update webhook_endpoints set
      lease_ends_at = '-infinity',
      failing_since = case cast(:condition as text)
        when 'healthy' then null
        when 'failing' then coalesce(failing_since, clock_timestamp())
        else failing_since end
    where bucket = :bucket and client_id = :clientId and id = :endpointId
    returning 1
  ),
  attempted as (
    select * from unnest(cast(:events as uuid[]), cast(:seen as integer[]), cast(:states as text[]),
      cast(:retriesInMs as double precision[]), cast(:startedAts as timestamptz[]), cast(:durationsMs as integer[]),
      cast(:statuses as smallint[]), cast(:responses as text[]), cast(:retryAftersMs as bigint[]),
      cast(:failures as text[]))
      as a (event_id, seen, state, retry_in_ms, started_at, duration_ms, status, response, retry_after_ms, failure)
    where exists (select from endpoint)
  ),
  counted as (
    update webhook_deliveries d set
      attempts_in_all = d.attempts_in_all + 1,
      attempts = d.attempts + case when d.state = 'pending' and d.attempts = a.seen then 1 else 0 end,
      state = case when d.state = 'pending' and d.attempts = a.seen then a.state else d.state end,
      next_attempt_at = case when d.state = 'pending' and d.attempts = a.seen
        then clock_timestamp() + a.retry_in_ms * interval '1 millisecond' else d.next_attempt_at end
    from attempted a
    where d.bucket = :bucket and d.client_id = :clientId and d.endpoint_id = :endpointId and d.event_id = a.event_id
      and d.event_id = any(cast(:events as uuid[]))
    returning d.event_id, d.attempts_in_all
  )
  insert into webhook_attempts (bucket, client_id, endpoint_id, event_id, number, started_at, duration_ms, status,
    response, retry_after_ms, failure)
  select :bucket, :clientId, :endpointId, event_id, c.attempts_in_all, a.started_at, a.duration_ms, a.status, a.response,
    a.retry_after_ms, a.failure
  from attempted a join counted c using (event_id)`;

/** Stores the event with the change: both or neither. */
export const DISABLE = `with disabled as (
    update webhook_endpoints set disabled_reason = :reason, updated_at = :at
    where bucket = :bucket and client_id = :clientId and id = :endpointId and disabled_reason is null
    returning 1
  )
  insert into events (bucket, client_id, position, id, type, mode, object, created_at)
  select :bucket, :clientId, event_position(), :eventId, :type, :mode, :object, :at
  where exists (select from disabled)`;

/** A place in the feed of which every event from `since` on comes after. Times grow with the position, about. */
export const PROBE = `select position, created_at < :since as is_before from events
  where bucket = :bucket and client_id = :clientId and position >= :position order by position, id limit 1`;

export const REPLAY = `update webhook_endpoints set replay_since = :since, replay_position = :position,
    replay_event_id = '${LAST_UUID}', replay_until_position = feed_position, replay_until_event_id = feed_event_id
  where bucket = :bucket and client_id = :clientId and id = :endpointId`;
