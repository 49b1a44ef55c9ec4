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

/** `remaining` is the most that the request could have asked for. */
export interface AmountAboveAuthorized {
  readonly type: "amount-above-authorized";
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
