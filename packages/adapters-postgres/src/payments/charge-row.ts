import {
  type AnyAuthorization,
  type AnyOperation,
  type ChargeHistory,
  type ClientId,
  type Dispute,
  type OperationState,
  type ProcessorReference,
  rehydrateDispute,
  rehydrateFact,
  rehydrateOperation,
  rehydratePaymentId,
  rehydrateRefund,
  type StoredFact,
} from "@payments/domain";
import { type PaymentRow, toPayment } from "./payment-row.ts";

export interface OperationRow {
  readonly client_id: string;
  readonly payment_id: string;
  readonly id: string;
  readonly mode: string;
  readonly kind: string;
  readonly state: OperationState;
  readonly parameters: Readonly<Record<string, unknown>>;
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
  "planned_at",
] as const;

export interface DisputeRow {
  readonly client_id: string;
  readonly id: string;
  readonly payment_id: string;
  readonly reference: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: string;
  readonly created_at: Date;
}

/** A row as PostgreSQL makes JSON of it: times are text, and a bigint is a number. */
type InJson<Row> = {
  readonly [Column in keyof Row]: Row[Column] extends Date ? string : Row[Column];
};

interface RefundRow {
  readonly id: string;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly created_at: Date;
}

/** A row of the statement `HISTORIES`. */
export interface HistoryRow extends PaymentRow {
  readonly version: number;
  readonly sequence: number;
  readonly processor_payment: ProcessorReference | null;
  readonly operations: readonly InJson<OperationRow>[];
  readonly facts: readonly StoredFact[];
  readonly refunds: readonly InJson<RefundRow>[];
  readonly disputes: readonly InJson<DisputeRow>[];
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

export const toDispute = (row: DisputeRow): Dispute =>
  rehydrateDispute({
    uuid: row.id,
    paymentId: rehydratePaymentId(row.payment_id),
    clientId: row.client_id,
    amount: row.amount,
    currency: row.currency,
    status: row.status,
    reference: row.reference,
    createdAt: row.created_at,
  });

export const toHistory = (row: HistoryRow): ChargeHistory => {
  const paymentId = rehydratePaymentId(row.id);
  const operations = row.operations.map(({ planned_at, ...operation }) => ({
    operation: toOperation({ ...operation, planned_at: new Date(planned_at) }),
    state: operation.state,
  }));
  return {
    payment: toPayment(row),
    authorization: operations.find(({ operation }) => operation.kind === "authorize")?.operation as AnyAuthorization,
    processorPayment: row.processor_payment,
    operations,
    facts: row.facts.map(rehydrateFact),
    refunds: row.refunds.map((refund) =>
      rehydrateRefund({
        uuid: refund.id,
        paymentId,
        clientId: row.client_id as ClientId,
        amount: refund.amount,
        currency: refund.currency,
        reason: refund.reason,
        reference: refund.reference,
        createdAt: new Date(refund.created_at),
      }),
    ),
    disputes: row.disputes.map(({ created_at, ...dispute }) =>
      toDispute({ ...dispute, created_at: new Date(created_at) }),
    ),
    version: row.version,
    sequence: row.sequence,
  };
};
