import {
  type AnyAuthorization,
  type AnyOperation,
  type Charge,
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
} from "@payments/domain";

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
