import {
  type AnyAuthorization,
  type IdempotencyKeyReused,
  type StorageUnavailable,
  toStoredOperation,
} from "@payments/domain";
import { PostgresError, toPostgresError, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { OPERATION_COLUMNS } from "./charge-row.ts";
import type { PaymentStatement, Submission } from "./payment-writer.ts";

export interface ChargeSubmission extends Submission {
  readonly authorization: AnyAuthorization;
  readonly leaseMs: number;
}

export const CREATE_CHARGES: PaymentStatement<ChargeSubmission> = {
  name: "create_charges",
  sql: `select ordinal, outcome from create_charges(
    ?::smallint[], ?::text[], ?::text[], ?::uuid[], ?::bigint[], ?::text[], ?::text[], ?::json[], ?::text[],
    ?::timestamptz[], ?::uuid[], ?::text[], ?::json[], ?::integer[])`,
  parametersOf: (batch) => {
    const operations = batch.map(({ authorization }) => toStoredOperation(authorization));
    return [
      textArray(operations.map(({ uuid }) => uuid)),
      textArray(operations.map(({ mode }) => mode)),
      textArray(operations.map(({ parameters }) => JSON.stringify(parameters))),
      `{${batch.map(({ leaseMs }) => leaseMs).join()}}`,
    ];
  },
};

const COLUMNS = OPERATION_COLUMNS.join(", ");

export const OPERATIONS = `select ${COLUMNS} from payment_operations
  where bucket = ? and client_id = ? and payment_id = any(?::uuid[])`;

export const FACTS =
  "select payment_id, fact from payment_facts where bucket = ? and client_id = ? and payment_id = any(?::uuid[])";

/** The final state of an operation stays, whatever a later attempt says. */
export const SETTLE = `with settled as (
    update payment_operations set
      state = case when state in ('succeeded', 'declined') then state else :state end,
      lease_ends_at = case when state in ('succeeded', 'declined') then null
        else clock_timestamp() + cast(:retryInMs as double precision) * interval '1 millisecond' end,
      processor_payment = coalesce(processor_payment, :processorPayment)
    where bucket = :bucket and client_id = :clientId and payment_id = :payment and id = :id
  )
  insert into payment_facts (bucket, client_id, payment_id, fingerprint, fact)
  select :bucket, :clientId, :payment, f.fingerprint, f.fact
  from unnest(cast(:fingerprints as text[]), cast(:facts as json[])) as f (fingerprint, fact)
  order by f.fingerprint
  on conflict do nothing`;

export const CLAIM = `update payment_operations o set
    lease_ends_at = clock_timestamp() + ? * interval '1 millisecond',
    state = case when due.state = 'deferred' then 'planned' else due.state end
  from (
    select bucket, client_id, payment_id, id, state from payment_operations
    where mode = ? and lease_ends_at <= clock_timestamp() order by lease_ends_at limit ? for update skip locked
  ) due
  where o.bucket = due.bucket and o.client_id = due.client_id and o.payment_id = due.payment_id and o.id = due.id
  returning ${OPERATION_COLUMNS.map((column) => `${column === "state" ? "due" : "o"}.${column}`).join(", ")}`;

/** Stores nothing for a payment without an authorization. */
export const REPORT = `with reported as (
    update payment_operations set processor_payment = coalesce(processor_payment, :processorPayment)
    where bucket = :bucket and client_id = :clientId and payment_id = :payment and kind = 'authorize'
    returning bucket, client_id, payment_id
  )
  insert into payment_facts (bucket, client_id, payment_id, fingerprint, fact)
  select r.bucket, r.client_id, r.payment_id, f.fingerprint, f.fact
  from reported r cross join unnest(cast(:fingerprints as text[]), cast(:facts as json[])) as f (fingerprint, fact)
  order by f.fingerprint
  on conflict do nothing`;

export const LOCK = `select from payment_operations
  where bucket = ? and client_id = ? and payment_id = ? and kind = 'authorize' for update`;

/** The unique index on the keys of requests also covers the client's other payments, which the lock does not. */
export const reusedOrUnavailable = (cause: unknown): IdempotencyKeyReused | StorageUnavailable => {
  const error = toPostgresError(cause);
  return error instanceof PostgresError && error.constraint === "payment_operations_request"
    ? { type: "idempotency-key-reused" }
    : unavailableOrThrow(error);
};
