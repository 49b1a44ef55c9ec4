import {
  type AnyAuthorization,
  type Charge,
  type ChargeHistory,
  chargeOf,
  type IdempotencyKeyReused,
  type Mode,
  newHistory,
  type StorageUnavailable,
  toPaymentJson,
  toStoredOperation,
} from "@payments/domain";
import { PostgresError, toPostgresError, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import type { PaymentStatement, Submission } from "./payment-writer.ts";

export interface ChargeSubmission extends Submission {
  readonly authorization: AnyAuthorization;
  readonly charge: Charge;
  readonly mode: Mode;
  readonly leaseMs: number;
}

export const CREATE_CHARGES: PaymentStatement<ChargeSubmission> = {
  name: "create_charges",
  sql: `select ordinal, outcome from create_charges(
    ?::smallint[], ?::text[], ?::text[], ?::uuid[], ?::bigint[], ?::text[], ?::text[], ?::json[], ?::text[],
    ?::timestamptz[], ?::text[], ?::json[], ?::uuid[], ?::text[], ?::json[], ?::integer[])`,
  parametersOf: (batch) => {
    const operations = batch.map(({ authorization }) => toStoredOperation(authorization));
    return [
      textArray(batch.map(({ mode }) => mode)),
      textArray(batch.map(({ payment, mode, charge }) => JSON.stringify(toPaymentJson(payment, mode, charge)))),
      textArray(operations.map(({ uuid }) => uuid)),
      textArray(batch.map(({ charge }) => charge.state.status)),
      textArray(operations.map(({ parameters }) => JSON.stringify(parameters))),
      `{${batch.map(({ leaseMs }) => leaseMs).join()}}`,
    ];
  },
};

/** A charge that nothing was reported of yet. */
export const unreported = (authorization: AnyAuthorization, payment: ChargeHistory["payment"]): Charge =>
  chargeOf(newHistory(payment, authorization));

/** The unique index on the keys of requests also covers the client's other payments, which the lock does not. */
export const reusedOrUnavailable = (cause: unknown): IdempotencyKeyReused | StorageUnavailable => {
  const error = toPostgresError(cause);
  return error instanceof PostgresError && error.constraint === "payment_operations_request"
    ? { type: "idempotency-key-reused" }
    : unavailableOrThrow(error);
};
