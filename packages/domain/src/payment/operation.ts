import { ok, type Result } from "neverthrow";
import type { ClientId, Mode } from "../client/client.ts";
import type { Money } from "../money/money.ts";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { ProcessorAccount, ProcessorReference } from "./facts.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { PaymentId } from "./payment.ts";
import type { RefundId } from "./refund.ts";

/** Also the processor's idempotency key. It never changes, so that a repeated request moves money once. */
export type OperationId = Brand<string, "OperationId">;

/** A token that the processor issued for a card or another means of payment. It is never the card's number. */
export type PaymentMethod = Brand<string, "PaymentMethod">;

export const MAXIMUM_RETURN_URL_LENGTH = 2_048;

/** 12 digits or more in a row, also with blanks or hyphens between them, may be a card number. */
const CARD_NUMBER = /\d(?:[ -]?\d){11}/;

export const parsePaymentMethod = (raw: string): Result<PaymentMethod, InvalidValue> =>
  /^[A-Za-z0-9_-]{1,255}$/.test(raw) && !CARD_NUMBER.test(raw)
    ? ok(raw as PaymentMethod)
    : invalidValue("must be a token that the processor issued, such as pm_card_visa, and never a card number");

/** Without control characters and lone surrogates, which no storage of JSON holds. */
const HTTPS_URL = /^https:\/\/[^\s\p{Cc}\p{Cs}@/?#\\]+(?:[/?#][^\s\p{Cc}\p{Cs}\\]*)?$/u;

/** Where the processor sends the payer back: an https URL without credentials. */
export const parseReturnUrl = (raw: string): Result<string, InvalidValue> =>
  raw.length <= MAXIMUM_RETURN_URL_LENGTH && HTTPS_URL.test(raw)
    ? ok(raw)
    : invalidValue(`must be an https URL of at most ${MAXIMUM_RETURN_URL_LENGTH} characters`);

/** When the processor captures: with the authorization, or on a later request. */
export type CaptureMethod = "automatic" | "manual";

/**
 * - `planned`: stored. One process is about to send it, or stopped before it stored a result.
 * - `deferred`: certainly not sent, so the next attempt is the first that reaches the processor.
 * - `sent`: one request is on its way.
 * - `succeeded`, `declined`: the processor reported the result. Both are final.
 * - `pending`: the processor accepted the request and reports the result later.
 * - `unknown`: the processor may have executed the request. Only its evidence resolves this.
 * - `needs_review`: no evidence came in time, so an operator decides. Late evidence still resolves it.
 */
export type OperationState =
  | "planned"
  | "deferred"
  | "sent"
  | "succeeded"
  | "declined"
  | "pending"
  | "unknown"
  | "needs_review";

interface OperationOrigin<M extends Mode> {
  readonly id: OperationId;
  readonly paymentId: PaymentId;
  readonly clientId: ClientId;
  readonly mode: M;
  readonly account: ProcessorAccount | null;
  readonly plannedAt: Date;
}

/** The client's request behind an operation, so that a repeated one returns the same result. */
export interface RepeatableRequest {
  readonly key: IdempotencyKey;
  /** Equal for equal requests. */
  readonly content: string;
}

/** What follows a payment's authorization. `request` is absent if the request had no idempotency key. */
interface FollowUp {
  readonly payment: ProcessorReference;
  readonly request?: RepeatableRequest;
}

/**
 * A request to the processor, with the exact parameters it was planned with. Every attempt repeats them. `payment` is
 * the processor's id of the payment, which `authorize` yields.
 */
export type Operation<M extends Mode> = OperationOrigin<M> &
  (
    | {
        readonly kind: "authorize";
        readonly money: Money;
        readonly fee: bigint;
        readonly capture: CaptureMethod;
        /** Null: the payer chooses in the browser. */
        readonly paymentMethod: PaymentMethod | null;
        readonly returnUrl: string | null;
      }
    | (FollowUp & { readonly kind: "capture"; readonly money: Money })
    | (FollowUp & { readonly kind: "cancel" })
    | (FollowUp & { readonly kind: "refund"; readonly refundId: RefundId; readonly money: Money })
  );

/** An operation whose mode is not known yet. Compare `mode` before you choose a processor. */
export type AnyOperation = Operation<"live"> | Operation<"test">;

export type OperationKind = AnyOperation["kind"];
export type OperationOf<M extends Mode, Kind extends OperationKind> = Extract<Operation<M>, { readonly kind: Kind }>;

/**
 * What happened to an operation.
 *
 * - `sending`: a request leaves now.
 * - `not-sent`: the request certainly did not reach the processor, or the processor was too busy to read it.
 * - `refused`: the processor rejected this request and did nothing for it.
 * - `outcome-unknown`: the request may have been executed.
 * - `interrupted`: the process that held the operation stopped. A request may have left.
 * - `succeeded`, `declined`, `pending`: the processor's evidence.
 * - `overdue`: the time for evidence is over.
 */
export type OperationEvent =
  | "sending"
  | "not-sent"
  | "refused"
  | "outcome-unknown"
  | "interrupted"
  | "succeeded"
  | "declined"
  | "pending"
  | "overdue";

const TRANSITIONS: Readonly<Record<OperationState, Partial<Readonly<Record<OperationEvent, OperationState>>>>> = {
  planned: {
    sending: "sent",
    "outcome-unknown": "unknown",
    interrupted: "unknown",
    succeeded: "succeeded",
    declined: "declined",
    pending: "pending",
  },
  deferred: {
    sending: "sent",
    succeeded: "succeeded",
    declined: "declined",
    pending: "pending",
    overdue: "needs_review",
  },
  sent: {
    // Two requests are on their way: a refusal of one tells nothing about the other.
    sending: "unknown",
    "not-sent": "deferred",
    refused: "declined",
    "outcome-unknown": "unknown",
    interrupted: "unknown",
    succeeded: "succeeded",
    declined: "declined",
    pending: "pending",
  },
  pending: { succeeded: "succeeded", declined: "declined" },
  // A refused or unsent retry tells nothing about the attempt before it.
  unknown: { succeeded: "succeeded", declined: "declined", pending: "pending", overdue: "needs_review" },
  needs_review: { succeeded: "succeeded", declined: "declined", pending: "pending" },
  succeeded: {},
  declined: {},
};

/** An event that does not apply leaves the state as it is. */
export const advance = (state: OperationState, event: OperationEvent): OperationState =>
  TRANSITIONS[state][event] ?? state;

/** Whether the operation may still move money, so that its amount stays reserved. */
export const isUnresolved = (state: OperationState): boolean => state !== "succeeded" && state !== "declined";

const HOUR_MS = 3_600_000;
/** Retries stop this long before the processor forgets the key. */
export const IDEMPOTENCY_KEY_MARGIN_MS = HOUR_MS;
export const REVIEW_AFTER_MS = 7 * 24 * HOUR_MS;

/**
 * How to continue an operation that an earlier attempt left without a result: repeat the same request while the
 * processor remembers its key, then search for its effect, then ask for a review. A repeated request with a forgotten
 * key would charge twice.
 */
export const recoveryOf = (
  operation: { readonly plannedAt: Date },
  idempotencyKeyLifetimeMs: number,
  now: Date,
): "retry" | "search" | "review" => {
  const ageMs = now.getTime() - operation.plannedAt.getTime();
  if (ageMs >= REVIEW_AFTER_MS) return "review";
  return ageMs < idempotencyKeyLifetimeMs - IDEMPOTENCY_KEY_MARGIN_MS ? "retry" : "search";
};
