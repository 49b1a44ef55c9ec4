import { CREATE_PAYMENTS as EARLIER } from "./0004-payment-binding.ts";
import { planPaymentsOnce } from "./0008-plan-payments-once.ts";
import { CREDENTIAL_LOCK } from "./advisory-locks.ts";
import { execute, type Migration } from "./migration.ts";

/**
 * Stores a payment that comes alone by a plain insert: what finds out of many payments which ones were not stored takes
 * longer than storing one.
 */
export const storeLonePayments: Migration = {
  async up(trx) {
    await execute(trx, CREATE_PAYMENTS);
  },

  async down(trx) {
    await execute(trx, EARLIER.replace("create function", "create or replace function"));
    await planPaymentsOnce.up(trx);
  },
};

/** A credential that lets payments of the client `c` in, at this very moment. */
const isCurrent = (credential: string): string => `c.status::text = 'active' and (
      c.api_key = ${credential}
      or (c.former_api_key = ${credential} and c.former_api_key_ends_at > clock_timestamp())
    )`;

const INSERT = `insert into payments as p
      (client_id, id, amount, currency, description, metadata, idempotency_key, created_at)`;

const UNLESS_REPEATED = "on conflict (client_id, idempotency_key) where idempotency_key is not null do nothing";

/**
 * As in migration 4, which says why it is what it is, but for a payment that comes alone: it goes the way of the others
 * only where it was not stored, which tells why.
 */
const CREATE_PAYMENTS = `create or replace function create_payments(
  client_ids text[], credentials text[], ids uuid[], amounts bigint[], currencies text[], descriptions text[],
  metadatas json[], idempotency_keys text[], created_ats timestamptz[]
) returns table (ordinal bigint, outcome text) language plpgsql volatile security invoker
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'create_payments needs the isolation level read committed'
      using errcode = 'invalid_transaction_state';
  end if;
  perform pg_advisory_xact_lock_shared(${CREDENTIAL_LOCK});
  if cardinality(ids) = 1 then
    ${INSERT}
    select client_ids[1], ids[1], amounts[1], currencies[1], descriptions[1], metadatas[1], idempotency_keys[1],
      created_ats[1]
    from clients c
    where c.id = client_ids[1] and ${isCurrent("credentials[1]")}
    ${UNLESS_REPEATED};
    if found then
      return;
    end if;
  end if;
  return query
  with submitted as materialized (
    select s.*, c.id is not null as authorised
    from unnest(client_ids, credentials, ids, amounts, currencies, descriptions, metadatas, idempotency_keys,
        created_ats) with ordinality
      as s (client_id, credential, id, amount, currency, description, metadata, idempotency_key, created_at, number)
    left join clients c on c.id = s.client_id and ${isCurrent("s.credential")}
  ), inserted as (
    ${INSERT}
    select s.client_id, s.id, s.amount, s.currency, s.description, s.metadata, s.idempotency_key, s.created_at
    from submitted s
    where s.authorised
    order by s.client_id collate "C", s.idempotency_key collate "C"
    ${UNLESS_REPEATED}
    returning p.client_id, p.id
  )
  select s.number, case when s.authorised then 'duplicate' else 'refused' end
  from submitted s
  left join inserted i on i.client_id = s.client_id and i.id = s.id
  where i.id is null;
end $$`;
