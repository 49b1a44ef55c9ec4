import { SHARE_CREDENTIAL_LOCKS } from "./0006-credential-locks.ts";
import { EVENT_POSITION } from "./0012-events.ts";
import { execute, type Migration } from "./migration.ts";

/**
 * Stores payments whose credential is current, in one statement: it binds each payment to the client that owns the
 * credential at that moment. Payments that are only recorded get their event `payment.created` with it.
 */
export const createPayments: Migration = {
  async up(trx) {
    await execute(trx, CREATE_PAYMENTS);
  },

  async down(trx) {
    await execute(trx, "drop function create_payments");
  },
};

const isCurrent = (credential: string): string => `c.status::text = 'active' and (
      c.api_key = ${credential}
      or (c.former_api_key = ${credential} and c.former_api_key_ends_at > clock_timestamp())
    )`;

const INSERT = `insert into payments as p
      (bucket, client_id, id, amount, currency, description, metadata, idempotency_key, created_at)`;

const UNLESS_REPEATED = "on conflict (bucket, client_id, idempotency_key) where idempotency_key is not null do nothing";

/** Continues a statement that starts with `with inserted as (`. */
const WITH_EVENTS = `${UNLESS_REPEATED}
      returning p.bucket, p.client_id, p.id, p.created_at
    ), announced as (
      insert into events (bucket, client_id, position, id, type, created_at)
      select i.bucket, i.client_id, (${EVENT_POSITION}), i.id, 'payment.created', i.created_at
      from inserted i where recorded
    )
    select array_agg(i.id) into stored from inserted i;`;

/**
 * Stores the payments whose credential is a current one of their active client. Returns only the others, by their
 * position from 1: `refused` for a credential that is not current, `duplicate` if the client has a payment with
 * the same idempotency key.
 *
 * - The function is volatile, so each statement takes a new snapshot: that of the insert is younger than the locks.
 *   Stricter isolation levels would break this.
 * - `returning` decides what was stored. A distributed database reports a row count for rows that it did not store.
 * - A lone payment takes a shorter way, because unnesting arrays takes longer than storing one row.
 * - The order of the insert prevents a deadlock between two calls with the same idempotency keys.
 * - The planner settings keep a session from reading all clients after it planned the join for a small table. A
 *   generic plan is built once per session: planning takes as long as storing a payment.
 */
const CREATE_PAYMENTS = `create function create_payments(
  buckets smallint[], client_ids text[], credentials text[], ids uuid[], amounts bigint[], currencies text[],
  descriptions text[], metadatas json[], idempotency_keys text[], created_ats timestamptz[],
  recorded boolean
) returns table (ordinal bigint, outcome text) language plpgsql volatile security invoker
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare
  locks integer;
  locked_bucket integer;
  stored uuid[];
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'create_payments needs the isolation level read committed'
      using errcode = 'invalid_transaction_state';
  end if;
  ${SHARE_CREDENTIAL_LOCKS}
  if cardinality(ids) = 1 then
    with inserted as (
      ${INSERT}
      select buckets[1], client_ids[1], ids[1], amounts[1], currencies[1], descriptions[1], metadatas[1],
        idempotency_keys[1], created_ats[1]
      from clients c
      where c.bucket = buckets[1] and c.id = client_ids[1] and ${isCurrent("credentials[1]")}
      ${WITH_EVENTS}
  elsif cardinality(ids) > 1 then
    with inserted as (
      ${INSERT}
      select s.bucket, s.client_id, s.id, s.amount, s.currency, s.description, s.metadata, s.idempotency_key, s.created_at
      from unnest(buckets, client_ids, credentials, ids, amounts, currencies, descriptions, metadatas, idempotency_keys,
          created_ats)
        as s (bucket, client_id, credential, id, amount, currency, description, metadata, idempotency_key, created_at)
      join clients c on c.bucket = s.bucket and c.id = s.client_id and ${isCurrent("s.credential")}
      order by s.bucket, s.client_id collate "C", s.idempotency_key collate "C"
      ${WITH_EVENTS}
  end if;
  if cardinality(stored) = cardinality(ids) then
    return;
  end if;
  return query
  select s.number, case when c.id is null then 'refused' else 'duplicate' end
  from unnest(buckets, client_ids, credentials, ids) with ordinality as s (bucket, client_id, credential, id, number)
  left join clients c on c.bucket = s.bucket and c.id = s.client_id and ${isCurrent("s.credential")}
  where s.id <> all (coalesce(stored, '{}'));
end $$`;
