import { EVENT_POSITION } from "./0012-events.ts";
import { execute, type Migration } from "./migration.ts";

/**
 * Charged payments. A recorded payment has no row here. The authorization's parameters describe the charge. `charges`
 * holds the fold of the facts, with a version that each change must follow.
 *
 * A driver claims the operations whose lease is over. A resolved operation has no lease.
 */
export const charges: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table charges (
        bucket smallint not null,
        client_id text not null,
        payment_id uuid not null,
        version integer not null,
        sequence integer not null,
        status text not null,
        amount_captured bigint not null,
        amount_refunded bigint not null,
        amount_disputed bigint not null,
        processor_payment text,
        primary key (bucket, client_id, payment_id)
      )`,
      "create index charges_status on charges (bucket, client_id, status, payment_id)",
      `create table payment_operations (
        bucket smallint not null,
        client_id text not null,
        payment_id uuid not null,
        id uuid not null,
        mode text not null check (mode in ('live', 'test')),
        kind text not null check (kind in ('authorize', 'capture', 'cancel', 'refund')),
        state text not null,
        request_key text,
        parameters json not null,
        planned_at timestamptz not null,
        lease_ends_at timestamptz,
        primary key (bucket, client_id, payment_id, id)
      )`,
      "create index payment_operations_due on payment_operations (mode, lease_ends_at) where lease_ends_at is not null",
      "create index payment_operations_review on payment_operations (planned_at) where state = 'needs_review'",
      // The key of the client's request: a repeated request finds its operation, and no other one takes the key.
      `create unique index payment_operations_request on payment_operations
        (bucket, client_id, request_key) where request_key is not null`,
      `create table payment_facts (
        bucket smallint not null,
        client_id text not null,
        payment_id uuid not null,
        fingerprint uuid not null,
        moved_at timestamptz,
        fact json not null,
        primary key (bucket, client_id, payment_id, fingerprint)
      )`,
      // One day of all clients, to compare it with the processor's balance. Most facts move no money.
      "create index payment_facts_movements on payment_facts (moved_at) where moved_at is not null",
      `create table refunds (
        bucket smallint not null,
        client_id text not null,
        id uuid not null,
        payment_id uuid not null,
        operation_id uuid,
        reference text,
        amount bigint not null check (amount > 0),
        currency text not null,
        reason text,
        created_at timestamptz not null,
        primary key (bucket, client_id, id)
      )`,
      "create index refunds_of_payment on refunds (bucket, client_id, payment_id)",
      `create table disputes (
        bucket smallint not null,
        client_id text not null,
        id uuid not null,
        payment_id uuid not null,
        reference text not null,
        amount bigint not null check (amount > 0),
        currency text not null,
        status text not null,
        created_at timestamptz not null,
        primary key (bucket, client_id, id)
      )`,
      "create index disputes_of_payment on disputes (bucket, client_id, payment_id)",
      CREATE_CHARGES,
      STORE_CHARGE_CHANGES,
    );
  },

  async down(trx) {
    await execute(
      trx,
      "drop function store_charge_changes",
      "drop function create_charges",
      "drop table disputes",
      "drop table refunds",
      "drop table payment_facts",
      "drop table payment_operations",
      "drop table charges",
    );
  },
};

/**
 * `create_payments`, and the authorization and event of each payment that it stored, in one statement. Returns what
 * `create_payments` returns. The event has the payment's UUID.
 */
const CREATE_CHARGES = `create function create_charges(
  buckets smallint[], client_ids text[], credentials text[], ids uuid[], amounts bigint[], currencies text[],
  descriptions text[], metadatas json[], idempotency_keys text[], created_ats timestamptz[], modes text[],
  objects json[], operation_ids uuid[], statuses text[], parameters json[], lease_ms integer[]
) returns table (ordinal bigint, outcome text) language plpgsql volatile security invoker as $$
declare
  failed bigint[];
  outcomes text[];
begin
  select coalesce(array_agg(c.ordinal), '{}'), array_agg(c.outcome) into failed, outcomes
  from create_payments(buckets, client_ids, credentials, ids, amounts, currencies, descriptions, metadatas,
    idempotency_keys, created_ats, false) c;
  insert into events (bucket, client_id, position, id, type, mode, payment_id, sequence, object, created_at)
  select s.bucket, s.client_id, (${EVENT_POSITION}), s.id, 'payment.created', s.mode, s.id, 1, s.object, s.created_at
  from unnest(buckets, client_ids, ids, modes, objects, created_ats) with ordinality
    as s (bucket, client_id, id, mode, object, created_at, number)
  where s.number <> all (failed);
  insert into payment_operations
    (bucket, client_id, payment_id, id, mode, kind, state, parameters, planned_at, lease_ends_at)
  select s.bucket, s.client_id, s.payment_id, s.id, s.mode, 'authorize', 'planned', s.parameters, s.planned_at,
    clock_timestamp() + s.lease_ms * interval '1 millisecond'
  from unnest(buckets, client_ids, ids, operation_ids, modes, parameters, created_ats, lease_ms) with ordinality
    as s (bucket, client_id, payment_id, id, mode, parameters, planned_at, lease_ms, number)
  where s.number <> all (failed);
  insert into charges (bucket, client_id, payment_id, version, sequence, status, amount_captured, amount_refunded,
    amount_disputed)
  select s.bucket, s.client_id, s.payment_id, 0, 1, s.status, 0, 0, 0
  from unnest(buckets, client_ids, ids, statuses) with ordinality as s (bucket, client_id, payment_id, status, number)
  where s.number <> all (failed);
  return query select u.ordinal, u.outcome from unnest(failed, outcomes) as u (ordinal, outcome);
end $$`;

/**
 * Stores changes of charges, each with its facts and events, and returns the positions of those that it stored, from 1.
 * A change of another version than the stored one is not stored. Of several changes of one charge, one is stored.
 *
 * `*_owners` give the position of the change that a fact or event belongs to. Most changes plan no operation and
 * concern no refund and no dispute: these come as JSON, and null costs nothing. The final state of an operation stays.
 */
const STORE_CHARGE_CHANGES = `create function store_charge_changes(
  buckets smallint[], client_ids text[], payment_ids uuid[], versions integer[], sequences integer[], statuses text[],
  captured bigint[], refunded bigint[], disputed bigint[], processor_payments text[],
  operation_ids uuid[], operation_states text[], retry_ms double precision[],
  fact_owners integer[], fingerprints uuid[], moved_ats timestamptz[], facts json[],
  event_owners integer[], event_ids uuid[], event_types text[], event_modes text[], event_sequences integer[],
  event_objects json[], event_times timestamptz[],
  planned json, refunds_to_add json, disputes_to_store json
) returns table (number integer) language plpgsql volatile security invoker
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare
  stored integer[];
  feed_position bigint;
begin
  with updated as (
    update charges c set version = c.version + 1, sequence = s.sequence, status = s.status,
      amount_captured = s.captured, amount_refunded = s.refunded, amount_disputed = s.disputed,
      processor_payment = s.processor_payment
    from unnest(buckets, client_ids, payment_ids, versions, sequences, statuses, captured, refunded, disputed,
        processor_payments) with ordinality
      as s (bucket, client_id, payment_id, version, sequence, status, captured, refunded, disputed, processor_payment,
        number)
    where c.bucket = s.bucket and c.client_id = s.client_id and c.payment_id = s.payment_id and c.version = s.version
    returning s.number::integer
  )
  select array_agg(u.number) into stored from updated u;
  if stored is null then
    return;
  end if;
  update payment_operations o set
    state = case when o.state in ('succeeded', 'declined') then o.state else s.state end,
    lease_ends_at = case when o.state in ('succeeded', 'declined') then null
      else clock_timestamp() + s.retry_ms * interval '1 millisecond' end
  from unnest(buckets, client_ids, payment_ids, operation_ids, operation_states, retry_ms) with ordinality
    as s (bucket, client_id, payment_id, id, state, retry_ms, number)
  where s.number = any (stored) and o.bucket = s.bucket and o.client_id = s.client_id
    and o.payment_id = s.payment_id and o.id = s.id;
  insert into payment_facts (bucket, client_id, payment_id, fingerprint, moved_at, fact)
  select buckets[f.owner], client_ids[f.owner], payment_ids[f.owner], f.fingerprint, f.moved_at, f.fact
  from unnest(fact_owners, fingerprints, moved_ats, facts) as f (owner, fingerprint, moved_at, fact)
  where f.owner = any (stored);
  if cardinality(event_owners) > 0 then
    feed_position := event_position();
    insert into events
      (bucket, client_id, position, id, type, mode, payment_id, sequence, object, created_at)
    select buckets[e.owner], client_ids[e.owner], feed_position, e.id, e.type, e.mode, payment_ids[e.owner], e.sequence,
      e.object, e.created_at
    from unnest(event_owners, event_ids, event_types, event_modes, event_sequences, event_objects, event_times)
      as e (owner, id, type, mode, sequence, object, created_at)
    where e.owner = any (stored);
  end if;
  if planned is not null then
    insert into payment_operations
      (bucket, client_id, payment_id, id, mode, kind, state, request_key, parameters, planned_at, lease_ends_at)
    select buckets[o.owner], client_ids[o.owner], payment_ids[o.owner], o.id, o.mode, o.kind, 'planned', o.request_key,
      o.parameters, o.planned_at, clock_timestamp() + o.lease_ms * interval '1 millisecond'
    from json_to_recordset(planned) as o (owner integer, id uuid, mode text, kind text, request_key text,
      parameters json, planned_at timestamptz, lease_ms integer)
    where o.owner = any (stored);
  end if;
  if refunds_to_add is not null then
    insert into refunds
      (bucket, client_id, id, payment_id, operation_id, reference, amount, currency, reason, created_at)
    select buckets[r.owner], client_ids[r.owner], r.id, payment_ids[r.owner], r.operation_id, r.reference, r.amount,
      r.currency, r.reason, r.created_at
    from json_to_recordset(refunds_to_add) as r (owner integer, id uuid, operation_id uuid, reference text,
      amount bigint, currency text, reason text, created_at timestamptz)
    where r.owner = any (stored);
  end if;
  if disputes_to_store is not null then
    insert into disputes (bucket, client_id, id, payment_id, reference, amount, currency, status, created_at)
    select buckets[d.owner], client_ids[d.owner], d.id, payment_ids[d.owner], d.reference, d.amount, d.currency,
      d.status, d.created_at
    from json_to_recordset(disputes_to_store) as d (owner integer, id uuid, reference text, amount bigint,
      currency text, status text, created_at timestamptz)
    where d.owner = any (stored)
    on conflict (bucket, client_id, id) do update set status = excluded.status, amount = excluded.amount;
  end if;
  return query select unnest(stored);
end $$`;
