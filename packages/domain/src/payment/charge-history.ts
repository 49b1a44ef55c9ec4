import { type AnyAuthorization, type Charge, rehydrateCharge, type TrackedOperation } from "./charge.ts";
import type { PlannedOperation, Settlement } from "./charge-repository.ts";
import type { Dispute } from "./dispute.ts";
import { type Fact, fingerprintOf, type ProcessorReference } from "./facts.ts";
import { isUnresolved } from "./operation.ts";
import type { Payment } from "./payment.ts";
import type { ProcessorReport } from "./payment-processor.ts";
import { type Refund, refundStatus, type StoredRefund } from "./refund.ts";

/** Everything that is stored of a charged payment. */
export interface ChargeHistory {
  readonly payment: Payment;
  readonly authorization: AnyAuthorization;
  readonly processorPayment: ProcessorReference | null;
  /** With the authorization. */
  readonly operations: readonly TrackedOperation[];
  /** Each fact once. */
  readonly facts: readonly Fact[];
  readonly refunds: readonly StoredRefund[];
  readonly disputes: readonly Dispute[];
  /** Counts the changes. Storage accepts a change only of the version that it follows. */
  readonly version: number;
  /** Of the payment's last event. */
  readonly sequence: number;
}

/** Right after the payment was stored with its authorization. Its first event is the creation. */
export const newHistory = (payment: Payment, authorization: AnyAuthorization): ChargeHistory => ({
  payment,
  authorization,
  processorPayment: null,
  operations: [{ operation: authorization, state: "planned" }],
  facts: [],
  refunds: [],
  disputes: [],
  version: 0,
  sequence: 1,
});

export const chargeOf = ({ authorization, processorPayment, facts }: ChargeHistory): Charge =>
  rehydrateCharge(authorization, processorPayment, facts);

/** The refunds with their statuses, in the order in which they were stored. */
export const refundsOf = ({ refunds, operations }: ChargeHistory, { state }: Charge): readonly Refund[] =>
  refunds.map(({ reference, ...refund }) => {
    const request = operations.find(({ operation: of }) => of.kind === "refund" && of.refundId === refund.id);
    return { ...refund, status: refundStatus(state, { id: refund.id, reference }, request?.state) };
  });

/** With the facts that are new. The same history if nothing in the report is. */
export const withReport = (
  history: ChargeHistory,
  { payment, facts }: { readonly payment: ProcessorReference | null } & Pick<ProcessorReport, "facts">,
): ChargeHistory => {
  const known = new Set(history.facts.map(fingerprintOf));
  const added = facts.filter((fact) => {
    const fingerprint = fingerprintOf(fact);
    return !known.has(fingerprint) && known.add(fingerprint);
  });
  const processorPayment = history.processorPayment ?? payment;
  if (added.length === 0 && processorPayment === history.processorPayment) return history;
  return { ...history, processorPayment, facts: [...history.facts, ...added] };
};

/**
 * With a report that no operation asked for. A report about another payment of the processor changes nothing, because
 * that payment's metadata may name this one.
 */
export const withNotice = (history: ChargeHistory, report: ProcessorReport): ChargeHistory =>
  history.processorPayment === null || history.processorPayment === report.payment
    ? withReport(history, report)
    : history;

/** With the state of an operation, unless that is final, and with the facts that are new. */
export const withSettlement = (
  history: ChargeHistory,
  id: TrackedOperation["operation"]["id"],
  { state, processorPayment, facts }: Settlement,
): ChargeHistory => ({
  ...withReport(history, { payment: processorPayment, facts }),
  operations: history.operations.map((tracked) =>
    tracked.operation.id === id && isUnresolved(tracked.state) ? { ...tracked, state } : tracked,
  ),
});

export const withPlanned = (history: ChargeHistory, { operation, refund }: PlannedOperation): ChargeHistory => ({
  ...history,
  operations: [...history.operations, { operation, state: "planned" }],
  refunds: refund === null ? history.refunds : [...history.refunds, { ...refund, reference: null }],
});
