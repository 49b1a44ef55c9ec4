import { hash } from "node:crypto";
import {
  type AnyAuthorization,
  type AnyOperation,
  type Charge,
  type Fact,
  fingerprintOf,
  type OperationState,
  type ProcessorReference,
  type Refund,
  refundStatus,
  rehydrateCharge,
  rehydrateFact,
  rehydrateOperation,
  rehydratePaymentId,
  rehydrateRefund,
  type StoredFact,
  toStoredFact,
} from "@payments/domain";
import { textArray } from "../connection/text-array.ts";

export interface OperationRow {
  readonly client_id: string;
  readonly payment_id: string;
  readonly id: string;
  readonly mode: string;
  readonly kind: string;
  readonly state: OperationState;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly processor_payment: ProcessorReference | null;
  readonly planned_at: Date;
}

export const OPERATION_COLUMNS = [
  "client_id",
  "payment_id",
  "id",
  "mode",
  "kind",
  "state",
  "parameters",
  "processor_payment",
  "planned_at",
] as const;

export interface FactRow {
  readonly payment_id: string;
  readonly fact: StoredFact;
}

export interface RefundRow {
  readonly client_id: string;
  readonly id: string;
  readonly payment_id: string;
  readonly operation_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string | null;
  readonly created_at: Date;
}

export const toOperation = (row: OperationRow): AnyOperation =>
  rehydrateOperation({
    uuid: row.id,
    paymentUuid: row.payment_id,
    clientId: row.client_id,
    mode: row.mode,
    kind: row.kind,
    plannedAt: row.planned_at,
    parameters: row.parameters,
  });

/** Undefined for operations without an authorization: the payment has no charge. */
export const toCharge = (operations: readonly OperationRow[], facts: readonly FactRow[]): Charge | undefined => {
  const row = operations.find(({ kind }) => kind === "authorize");
  if (row === undefined) return undefined;
  return rehydrateCharge(
    toOperation(row) as AnyAuthorization,
    row.processor_payment,
    facts.map(({ fact }) => rehydrateFact(fact)),
  );
};

export const toRefund = (row: RefundRow, charge: Charge, requested: OperationState): Refund => {
  const refund = rehydrateRefund({
    uuid: row.id,
    paymentId: rehydratePaymentId(row.payment_id),
    clientId: row.client_id,
    amount: row.amount,
    currency: row.currency,
    reason: row.reason,
    createdAt: row.created_at,
  });
  return { ...refund, status: refundStatus(charge.state, refund, requested) };
};

export const byPayment = <Row extends { readonly payment_id: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, Row[]> => {
  const groups = new Map<string, Row[]>(rows.map(({ payment_id }) => [payment_id, []]));
  for (const row of rows) groups.get(row.payment_id)?.push(row);
  return groups;
};

/** The charge with the requests that it has seen. */
export interface ChargeHistory {
  readonly charge: Charge;
  readonly operations: readonly OperationRow[];
}

/** Facts as the parameters of a statement that stores them. */
export const factParameters = (facts: readonly Fact[]) => ({
  fingerprints: textArray(facts.map((fact) => hash("sha256", fingerprintOf(fact), "hex"))),
  facts: textArray(facts.map((fact) => JSON.stringify(toStoredFact(fact)))),
});
