/** Sorts after every id. */
export const LAST_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

export const ENDPOINT_COLUMNS = `client_id, id, url, event_types, description, disabled_reason, secret, former_secret,
  former_secret_ends_at, created_at, updated_at`;

/**
 * For functions about turns. The planner takes a client's feed for short while statistics are old. It then reads the
 * whole feed with another index and sorts it. These settings leave the index that has the order of each query.
 */
export const INDEX_ORDER = `set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
set plan_cache_mode = force_generic_plan`;

export const CLAIM = "select * from claim_webhook_turns(:failing, :limit, :deliveriesPerTurn, :leaseMs)";

export const SETTLE = `select settle_webhook_turns(:buckets, :clients, :endpoints, :leases, :conditions, :feedPositions,
  :feedEvents, :owners, :events, :positions, :types, :seen, :states, :retriesInMs, :startedAts, :durationsMs, :statuses,
  :responses, :retryAftersMs, :failures)`;

/** An ended lease stays ended: another process may hold the endpoint. Skips endpoints whose turn is being stored. */
export const RENEW = `update webhook_endpoints w
  set lease_ends_at = clock_timestamp() + cast(:leaseMs as double precision) * interval '1 millisecond'
  from (
    select w.bucket, w.client_id, w.id
    from unnest(cast(:buckets as smallint[]), cast(:clients as text[]), cast(:endpoints as uuid[]),
      cast(:leases as timestamptz[])) as l (bucket, client_id, id, lease)
    join webhook_endpoints w on w.bucket = l.bucket and w.client_id = l.client_id and w.id = l.id
    where w.claimed_at = l.lease and w.lease_ends_at > clock_timestamp()
    for update of w skip locked
  ) held
  where w.bucket = held.bucket and w.client_id = held.client_id and w.id = held.id`;

/**
 * Stores the event with the change: both or neither. The result of a lost lease, or of a URL that was replaced, disables
 * nothing.
 */
export const DISABLE = `with disabled as (
    update webhook_endpoints set disabled_reason = :reason, updated_at = :at
    where bucket = :bucket and client_id = :clientId and id = :endpointId and disabled_reason is null
      and claimed_at = cast(:lease as timestamptz) and url = :url
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
