import type { ResultAsync } from "neverthrow";
import type { Mode } from "../client/client.ts";
import type { Fact, ProcessorAccount, ProcessorReference } from "./facts.ts";
import type { Operation } from "./operation.ts";

/** The request certainly did not reach the processor. Nothing happened. */
export interface NotSent {
  readonly type: "not-sent";
  readonly cause: unknown;
}

/** The processor rejected the parameters and did nothing for this request. */
export interface Refused {
  readonly type: "refused";
  /** For the log and the operator, without card data and secrets. */
  readonly detail: string;
  /** Why an authorization was rejected. Absent: the processor's reason has no code of ours. */
  readonly failure?: "payment_method_unknown";
}

/** The processor did not read the request, because there were too many. Nothing happened. */
export interface RateLimited {
  readonly type: "rate-limited";
  readonly retryAfterMs: number | null;
}

/** The processor may have executed the request. */
export interface OutcomeUnknown {
  readonly type: "outcome-unknown";
  readonly cause: unknown;
}

export type ProcessorError = NotSent | Refused | RateLimited | OutcomeUnknown;

/** The processor has no such payment. */
export interface NotAtProcessor {
  readonly type: "not-at-processor";
}

/** What the processor reports about a payment. Facts that were reported before may be among them. */
export interface ProcessorReport {
  /** The processor's id of the payment, which later operations on it need. */
  readonly payment: ProcessorReference;
  readonly facts: readonly Fact[];
}

/** What became of an operation. A decline is a result, not an error. */
export interface OperationReport extends ProcessorReport {
  /**
   * `pending`: the processor accepted the request, and the facts that decide come later. An authorization that waits
   * for the payer is `pending` with an `action-required` fact.
   */
  readonly outcome: "succeeded" | "declined" | "pending";
}

export interface ProcessorCapabilities {
  /** How long the processor remembers an operation's id. */
  readonly idempotencyKeyLifetimeMs: number;
  readonly partialCapture: boolean;
  /** Whether an authorization can be captured in several parts. */
  readonly repeatedCapture: boolean;
  /** Whether a capture's or a refund's result is in the response, and not in a later notification. */
  readonly synchronousCapture: boolean;
  readonly synchronousRefund: boolean;
  /** All tokens of the processor. Absent: it issues them itself, so only it knows whether one exists. */
  readonly paymentMethods?: readonly string[];
}

/**
 * Moves money. A processor of one mode cannot take an operation of the other: the types do not match.
 *
 * Adyen acknowledges captures, cancellations and refunds, and reports their results by webhook. Its adapter returns
 * `pending` with no fact or with `refund-pending`; the pspReference of each modification is the reference of its facts.
 * A later CAPTURE_FAILED or REFUND_FAILED is `capture-failed` or `refund-failed` with the same reference.
 *
 * Mollie sends the payer to its checkout page. Its adapter returns `pending` with an `action-required` redirect; the id
 * of the payment (`tr_...`), capture or refund is the reference. Its notifications carry an id only, so the service
 * calls `retrieve`.
 */
export interface PaymentProcessor<M extends Mode> {
  /** Lower case, such as `sandbox`: the name in metrics and logs. */
  readonly name: string;
  readonly mode: M;
  readonly capabilities: ProcessorCapabilities;

  /**
   * Executes the operation once, with `operation.id` as the idempotency key. A repeated call within
   * `idempotencyKeyLifetimeMs` MUST move no more money, and reports the same result. Of calls at the same time with one
   * id, one takes effect; the others report the same result or `outcome-unknown`. The same id with other parameters is
   * `refused`.
   *
   * - `not-sent`: only if no byte of the request can have reached the processor. In doubt: `outcome-unknown`.
   * - `refused`: the processor rejected the request, as one for more than is left to capture or to refund. `failure`
   *   MUST tell a payment method that the processor does not know.
   * - `rate-limited`: the processor turned the request away unread.
   * - `outcome-unknown`: a timeout, a lost connection or a server error after the request left.
   *
   * The adapter MUST NOT retry. Every fact carries `operation.mode` and `operation.account`.
   */
  execute(operation: Operation<M>): ResultAsync<OperationReport, ProcessorError>;

  /**
   * Everything the processor reports about a payment now. `account` is the connected account that the payment belongs
   * to, or null. It changes nothing and may be repeated.
   */
  retrieve(
    payment: ProcessorReference,
    account: ProcessorAccount | null,
  ): ResultAsync<ProcessorReport, NotAtProcessor | ProcessorError>;

  /**
   * The result of an operation whose idempotency key the processor may have forgotten, found by the operation's id that
   * the adapter stores with every request. Null: the processor has no trace of it, which does not prove that none
   * appears later.
   */
  find(operation: Operation<M>): ResultAsync<OperationReport | null, ProcessorError>;
}

/** The processors of both modes. Null: no processor charges payments of this mode. */
export interface Processors {
  readonly live: PaymentProcessor<"live"> | null;
  readonly test: PaymentProcessor<"test"> | null;
}
