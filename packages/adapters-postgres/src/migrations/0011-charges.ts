import { execute, type Migration } from "./migration.ts";

/**
 * The operations, facts and refunds of charged payments. A recorded payment has no row here, so recording costs the
 * same as without a processor. The authorization's parameters describe the charge; its state is the fold of the facts.
 *
 * A driver claims the operations whose lease is over. A resolved operation has no lease.
 */
export const charges: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table payment_operations (
        bucket smallint not null,
        client_id text not null,
        payment_id uuid not null,
        id uuid not null,
        mode text not null check (mode in ('live', 'test')),
        kind text not null check (kind in ('authorize', 'capture', 'cancel', 'refund')),
        state text not null,
        parameters json not null,
        processor_payment text,
        planned_at timestamptz not null,
        lease_ends_at timestamptz,
        primary key (bucket, client_id, payment_id, id)
      )`,
      `create unique index payment_operations_authorization on payment_operations (bucket, client_id, payment_id)
        where kind = 'authorize'`,
      "create index payment_operations_due on payment_operations (mode, lease_ends_at) where lease_ends_at is not null",
      "create index payment_operations_review on payment_operations (planned_at) where state = 'needs_review'",
      // The key of the client's request: a repeated request finds its operation, and no other one takes the key.
      `create unique index payment_operations_request on payment_operations
        (bucket, client_id, (parameters->'request'->>'key')) where parameters->'request'->>'key' is not null`,
      `create table payment_facts (
        bucket smallint not null,
        client_id text not null,
        payment_id uuid not null,
        fingerprint text not null,
        fact json not null,
        primary key (bucket, client_id, payment_id, fingerprint)
      )`,
      `create table refunds (
        bucket smallint not null,
        client_id text not null,
        id uuid not null,
        payment_id uuid not null,
        operation_id uuid not null,
        amount bigint not null check (amount > 0),
        currency text not null,
        reason text,
        created_at timestamptz not null,
        primary key (bucket, client_id, id)
      )`,
      "create index refunds_of_payment on refunds (bucket, client_id, payment_id)",
      CREATE_CHARGES,
    );
  },

  async down(trx) {
    await execute(
      trx,
      "drop function create_charges",
      "drop table refunds",
      "drop table payment_facts",
      "drop table payment_operations",
    );
  },
};

/**
 * `create_payments`, and the authorization of each payment that it stored, in one statement. Returns what
 * `create_payments` returns.
 */
const CREATE_CHARGES = `create function create_charges(
  buckets smallint[], client_ids text[], credentials text[], ids uuid[], amounts bigint[], currencies text[],
  descriptions text[], metadatas json[], idempotency_keys text[], created_ats timestamptz[],
  operation_ids uuid[], modes text[], parameters json[], lease_ms integer[]
) returns table (ordinal bigint, outcome text) language plpgsql volatile security invoker as $$
declare
  failed bigint[];
  outcomes text[];
begin
  select coalesce(array_agg(c.ordinal), '{}'), array_agg(c.outcome) into failed, outcomes
  from create_payments(buckets, client_ids, credentials, ids, amounts, currencies, descriptions, metadatas,
    idempotency_keys, created_ats) c;
  insert into payment_operations
    (bucket, client_id, payment_id, id, mode, kind, state, parameters, planned_at, lease_ends_at)
  select s.bucket, s.client_id, s.payment_id, s.id, s.mode, 'authorize', 'planned', s.parameters, s.planned_at,
    clock_timestamp() + s.lease_ms * interval '1 millisecond'
  from unnest(buckets, client_ids, ids, operation_ids, modes, parameters, created_ats, lease_ms) with ordinality
    as s (bucket, client_id, payment_id, id, mode, parameters, planned_at, lease_ms, number)
  where s.number <> all (failed);
  return query select u.ordinal, u.outcome from unnest(failed, outcomes) as u (ordinal, outcome);
end $$`;
