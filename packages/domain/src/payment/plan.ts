import { err, ok, type Result } from "neverthrow";
import type { TrackedOperation } from "./charge.ts";
import type { PaymentState, PaymentStatus } from "./fold.ts";
import { isUnresolved, type OperationKind } from "./operation.ts";

/** The payment's status does not allow this request, or another operation decides about it right now. */
export interface PaymentNotCapturable {
  readonly type: "payment-not-capturable";
  readonly status: PaymentStatus;
}

export interface PaymentNotCancelable {
  readonly type: "payment-not-cancelable";
  readonly status: PaymentStatus;
}

export interface PaymentNotRefundable {
  readonly type: "payment-not-refundable";
  readonly status: PaymentStatus;
}

/** `remaining` is the most that the request could have asked for. */
export interface AmountAboveAuthorized {
  readonly type: "amount-above-authorized";
  readonly remaining: bigint;
}

export interface AmountAboveCaptured {
  readonly type: "amount-above-captured";
  readonly remaining: bigint;
}

const isOpen = (operations: readonly TrackedOperation[], kind: OperationKind): boolean =>
  operations.some(({ operation, state }) => operation.kind === kind && isUnresolved(state));

/**
 * The amount to capture: all of the authorization, or `amount` of it. A processor that captures once releases the
 * rest. An unresolved capture or cancellation excludes another capture.
 */
export const planCapture = (
  state: PaymentState,
  operations: readonly TrackedOperation[],
  amount: bigint | null,
  repeatable: boolean,
): Result<bigint, PaymentNotCapturable | AmountAboveAuthorized> => {
  const remaining = state.amountAuthorized - state.amountCaptured;
  const capturable = state.status === "authorized" || (state.status === "succeeded" && repeatable && remaining > 0n);
  if (!capturable || isOpen(operations, "capture") || isOpen(operations, "cancel")) {
    return err({ type: "payment-not-capturable", status: state.status });
  }
  if (amount !== null && amount > remaining) return err({ type: "amount-above-authorized", remaining });
  return ok(amount ?? remaining);
};

const CANCELABLE: ReadonlySet<PaymentStatus> = new Set(["authorized", "requires_action"]);

/** An unresolved capture or cancellation excludes a cancellation. */
export const planCancel = (
  state: PaymentState,
  operations: readonly TrackedOperation[],
): Result<void, PaymentNotCancelable> =>
  CANCELABLE.has(state.status) && !isOpen(operations, "capture") && !isOpen(operations, "cancel")
    ? ok(undefined)
    : err({ type: "payment-not-cancelable", status: state.status });

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
