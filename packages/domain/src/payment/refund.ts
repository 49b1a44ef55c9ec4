import { err, ok, type Result } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import { type Money, rehydrateMoney } from "../money/money.ts";
import type { Brand } from "../shared/brand.ts";
import { isTypeId, toTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import { parseText } from "../shared/text.ts";
import type { TrackedOperation } from "./charge.ts";
import { groupBy, withinLimit } from "./discrepancy.ts";
import type { Fact, FactOf, ProcessorReference } from "./facts.ts";
import type { PaymentState, PaymentStatus } from "./fold.ts";
import { isUnresolved, type OperationState } from "./operation.ts";
import type { PaymentId } from "./payment.ts";

export type RefundId = Brand<string, "RefundId">;
export type RefundReason = Brand<string, "RefundReason">;
export type RefundStatus = "pending" | "succeeded" | "failed";

export const MAXIMUM_REFUND_REASON_LENGTH = 200;

const ID_PREFIX = "re";

export const createRefundId = (uuid: string): RefundId => toTypeId(ID_PREFIX, uuid) as RefundId;

export const parseRefundId = (raw: string): Result<RefundId, InvalidValue> =>
  isTypeId(ID_PREFIX, raw) ? ok(raw as RefundId) : invalidValue("must be the id of a refund");

export const parseRefundReason = (raw: string): Result<RefundReason, InvalidValue> =>
  parseText(raw, MAXIMUM_REFUND_REASON_LENGTH).map((text) => text as RefundReason);

export interface RefundNotFound {
  readonly type: "refund-not-found";
}

export interface Refund {
  readonly id: RefundId;
  readonly paymentId: PaymentId;
  readonly clientId: ClientId;
  readonly money: Money;
  readonly reason: RefundReason | null;
  readonly status: RefundStatus;
  readonly createdAt: Date;
}

/** A refund without its status, which follows from the facts. `reference`: only of a refund made outside this service. */
export interface StoredRefund extends Omit<Refund, "status"> {
  readonly reference: ProcessorReference | null;
}

/** From storage. */
export const rehydrateRefund = (stored: {
  readonly uuid: string;
  readonly paymentId: PaymentId;
  readonly clientId: string;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly createdAt: Date;
}): StoredRefund => ({
  id: createRefundId(stored.uuid),
  paymentId: stored.paymentId,
  clientId: stored.clientId as ClientId,
  money: rehydrateMoney(stored.amount, stored.currency),
  reason: stored.reason as RefundReason | null,
  reference: stored.reference as ProcessorReference | null,
  createdAt: stored.createdAt,
});

/** A refund as the processor's facts describe it. `refundId` is null for a refund made outside this service. */
export interface ReportedRefund {
  readonly reference: ProcessorReference;
  readonly refundId: RefundId | null;
  readonly amount: bigint;
  readonly status: RefundStatus;
}

type RefundFact = FactOf<"refund-pending" | "refund-succeeded" | "refund-failed">;

const isRefundFact = (fact: Fact): fact is RefundFact => fact.type.startsWith("refund-");

/** A failed refund takes nothing, whatever was reported before. */
const statusOf = (facts: readonly RefundFact[]): RefundStatus => {
  if (facts.some(({ type }) => type === "refund-failed")) return "failed";
  return facts.some(({ type }) => type === "refund-succeeded") ? "succeeded" : "pending";
};

const STATUSES_BY_PRECEDENCE: readonly RefundStatus[] = ["failed", "succeeded", "pending"];

/** The refunds that fit into the captured amount. Those that succeeded take their part before the pending ones. */
export const foldRefunds = (
  facts: readonly Fact[],
  captured: bigint,
): { readonly refunds: readonly ReportedRefund[]; readonly exceeding: readonly Fact[] } => {
  const reported = groupBy(facts.filter(isRefundFact), ({ reference }) => reference).map((group) => {
    const [{ reference, refundId, money }] = group;
    const refund = { reference, refundId, amount: money.amount, status: statusOf(group) };
    return { refund, facts: group, takes: refund.status === "failed" ? 0n : refund.amount };
  });
  const inOrder = STATUSES_BY_PRECEDENCE.flatMap((status) => reported.filter(({ refund }) => refund.status === status));
  const { fitting, exceeding } = withinLimit(inOrder, captured);
  return { refunds: fitting.map(({ refund }) => refund), exceeding: exceeding.flatMap((item) => item.facts) };
};

/** What refunds returned to the payer. A pending refund only reserves its amount. */
export const refundedAmount = (refunds: readonly ReportedRefund[]): bigint =>
  refunds.reduce((sum, { status, amount }) => (status === "succeeded" ? sum + amount : sum), 0n);

/** The processor's report on a refund outweighs the state of the request for it. No request: it was made outside. */
export const refundStatus = (
  state: PaymentState,
  { id, reference }: Pick<StoredRefund, "id" | "reference">,
  requested: OperationState | undefined,
): RefundStatus => {
  const reported = state.refunds.find((refund) =>
    reference === null ? refund.refundId === id : refund.refundId === null && refund.reference === reference,
  );
  return reported?.status ?? (requested === "declined" ? "failed" : "pending");
};

/** The payment's status does not allow a refund. */
export interface PaymentNotRefundable {
  readonly type: "payment-not-refundable";
  readonly status: PaymentStatus;
}

/** `remaining` is the most that the request could have asked for. */
export interface AmountAboveCaptured {
  readonly type: "amount-above-captured";
  readonly remaining: bigint;
}

/**
 * The amount to refund: what is left of the captured amount, or `amount` of it. Unresolved refunds keep their amounts
 * reserved, so that refunds at the same time never exceed what was captured. Disputes withhold money for
 * the payer, so a refund of it would pay the payer twice.
 */
export const planRefund = (
  state: PaymentState,
  operations: readonly TrackedOperation[],
  amount: bigint | null,
): Result<bigint, PaymentNotRefundable | AmountAboveCaptured> => {
  if (state.status !== "succeeded") return err({ type: "payment-not-refundable", status: state.status });
  const taken = state.amountRefunded + state.amountDisputed + reservedForRefunds(state, operations);
  const remaining = state.amountCaptured - taken;
  if (remaining <= 0n || (amount !== null && amount > remaining)) {
    return err({ type: "amount-above-captured", remaining: remaining < 0n ? 0n : remaining });
  }
  return ok(amount ?? remaining);
};

/** Unresolved requests, and pending refunds whose request is resolved or was made outside this service. */
const reservedForRefunds = (state: PaymentState, operations: readonly TrackedOperation[]): bigint => {
  const reserved = new Map<string, bigint>();
  for (const { reference, refundId, amount, status } of state.refunds) {
    if (status === "pending") reserved.set(refundId ?? reference, amount);
  }
  const settled = new Set(state.refunds.filter(({ status }) => status !== "pending").map(({ refundId }) => refundId));
  for (const { operation, state: operationState } of operations) {
    if (operation.kind !== "refund" || !isUnresolved(operationState) || settled.has(operation.refundId)) continue;
    reserved.set(operation.refundId, operation.money.amount);
  }
  return [...reserved.values()].reduce((sum, amount) => sum + amount, 0n);
};
