import { CREDENTIAL_LOCK } from "./advisory-locks.ts";
import { execute, type Migration } from "./migration.ts";

/**
 * Binds every payment to the client whose credential it came with, at the moment it is stored.
 *
 * Whoever stores payments holds the credential lock shared until its transaction ends, and reads the
 * clients only after it has it. Whoever ends a credential takes the lock exclusively when it commits: it
 * waits for the payments in flight, and those that start meanwhile wait until its change can be seen,
 * because PostgreSQL releases locks after that. So no payment is committed after the end of its credential
 * was acknowledged; and as waiters queue, no stream of payments can hold an end up.
 */
export const paymentBinding: Migration = {
  async up(trx) {
    await execute(trx, CREATE_PAYMENTS, AWAIT_PAYMENTS, ON_UPDATE, ON_DELETE);
  },

  async down(trx) {
    await execute(
      trx,
      "drop trigger credential_deleted on clients",
      "drop trigger credential_changed on clients",
      "drop function await_payments_in_flight",
      "drop function create_payments",
    );
  },
};

/**
 * Stores the payments whose credential is a current one of their active client, and returns the others only,
 * by their ordinal number from 1: `refused` for a credential that is not current, `duplicate` where the
 * client has a payment with that idempotency key. Being VOLATILE, the function takes a new snapshot for each
 * of its statements: that of the insert is younger than the lock. Under stricter isolation it would not be.
 * The order of the insert keeps two calls with the same idempotency keys from a deadlock. Without the settings
 * a session that planned the join while there were few clients would go on reading all of them when there are
 * many, until the table is analysed.
 */
export const CREATE_PAYMENTS = `create function create_payments(
  client_ids text[], credentials text[], ids uuid[], amounts bigint[], currencies text[], descriptions text[],
  metadatas json[], idempotency_keys text[], created_ats timestamptz[]
) returns table (ordinal bigint, outcome text) language plpgsql volatile security invoker
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'create_payments needs the isolation level read committed'
      using errcode = 'invalid_transaction_state';
  end if;
  perform pg_advisory_xact_lock_shared(${CREDENTIAL_LOCK});
  return query
  with submitted as materialized (
    select s.*, c.id is not null as authorised
    from unnest(client_ids, credentials, ids, amounts, currencies, descriptions, metadatas, idempotency_keys,
        created_ats) with ordinality
      as s (client_id, credential, id, amount, currency, description, metadata, idempotency_key, created_at, number)
    left join clients c on c.id = s.client_id and c.status::text = 'active' and (
      c.api_key = s.credential
      or (c.former_api_key = s.credential and c.former_api_key_ends_at > clock_timestamp())
    )
  ), inserted as (
    insert into payments as p
      (client_id, id, amount, currency, description, metadata, idempotency_key, created_at)
    select s.client_id, s.id, s.amount, s.currency, s.description, s.metadata, s.idempotency_key, s.created_at
    from submitted s
    where s.authorised
    order by s.client_id collate "C", s.idempotency_key collate "C"
    on conflict (client_id, idempotency_key) where idempotency_key is not null do nothing
    returning p.client_id, p.id
  )
  select s.number, case when s.authorised then 'duplicate' else 'refused' end
  from submitted s
  left join inserted i on i.client_id = s.client_id and i.id = s.id
  where i.id is null;
end $$`;

const AWAIT_PAYMENTS = `create function await_payments_in_flight() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(${CREDENTIAL_LOCK});
  return null;
end $$`;

/** Deferred to the commit, so that a transaction that goes on for long does not hold payments up before. */
const ON_UPDATE = `create constraint trigger credential_changed after update on clients
  deferrable initially deferred for each row
  when (
    (old.api_key is not null or old.former_api_key is not null)
    and (old.id, old.status, old.api_key, old.former_api_key, old.former_api_key_ends_at)
      is distinct from (new.id, new.status, new.api_key, new.former_api_key, new.former_api_key_ends_at)
  )
  execute function await_payments_in_flight()`;

const ON_DELETE = `create constraint trigger credential_deleted after delete on clients
  deferrable initially deferred for each row
  when (old.api_key is not null or old.former_api_key is not null)
  execute function await_payments_in_flight()`;
