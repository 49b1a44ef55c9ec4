import { ok, type Result } from "neverthrow";
import type { Mode } from "../client/client.ts";
import { type Money, rehydrateMoney } from "../money/money.ts";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { RefundId } from "./refund.ts";

/** The processor's id of one of its objects: a payment, an authorization, a capture, a refund or a dispute. */
export type ProcessorReference = Brand<string, "ProcessorReference">;

/** The processor's id of a client's connected account. */
export type ProcessorAccount = Brand<string, "ProcessorAccount">;

const REFERENCE = /^[\x21-\x7e]{1,255}$/;

const parseProcessorId = (raw: string): Result<string, InvalidValue> =>
  REFERENCE.test(raw) ? ok(raw) : invalidValue("must be 1 to 255 visible ASCII characters");

export const parseProcessorReference = (raw: string): Result<ProcessorReference, InvalidValue> =>
  parseProcessorId(raw).map((id) => id as ProcessorReference);

/** From storage, or built from an id of ours. */
export const rehydrateProcessorReference = (id: string): ProcessorReference => id as ProcessorReference;

export const parseProcessorAccount = (raw: string): Result<ProcessorAccount, InvalidValue> =>
  parseProcessorId(raw).map((id) => id as ProcessorAccount);

/** The same codes for every processor. */
export const FAILURE_MESSAGES = {
  authentication_failed: "The payer did not pass the authentication.",
  card_declined: "The card issuer declined the payment.",
  card_expired: "The card has expired.",
  insufficient_funds: "The card has insufficient funds.",
  payment_method_invalid: "The processor does not accept this payment method.",
  payment_method_unknown: "The processor does not know this payment method.",
  processor_refused: "The processor refused the request.",
} as const;

export type FailureCode = keyof typeof FAILURE_MESSAGES;

/** What the payer must do next: confirm the payment in the browser, or visit a page. */
export type NextAction =
  | { readonly type: "confirm"; readonly clientSecret: string }
  | { readonly type: "redirect"; readonly url: string };

interface FactOrigin {
  /** The processor's id of the object that the fact is about. Facts of one type with one reference are one fact. */
  readonly reference: ProcessorReference;
  readonly mode: Mode;
  /** The connected account that the object belongs to, or null for the platform's own. */
  readonly account: ProcessorAccount | null;
  /** The processor's time of the change, the same in every report of it. */
  readonly occurredAt: Date;
}

/**
 * A change that the processor reported about one payment. It arrives in responses, notifications and lookups, any
 * number of times and in any order.
 *
 * - `captured` and `capture-failed` name a capture, `refund-*` a refund, `dispute-*` a dispute. A failure is final:
 *   it outweighs an earlier success.
 * - `processing` and `declined` name an attempt of the payer. `final`: the payer cannot try again.
 * - `refundId` is null for a refund that did not come from this service.
 */
export type Fact = FactOrigin &
  (
    | { readonly type: "authorized" | "captured" | "capture-failed"; readonly money: Money }
    | { readonly type: "canceled" | "expired" | "processing" }
    | { readonly type: "declined"; readonly code: FailureCode; readonly final: boolean }
    | { readonly type: "action-required"; readonly action: NextAction }
    | {
        readonly type: "refund-pending" | "refund-succeeded" | "refund-failed";
        readonly money: Money;
        readonly refundId: RefundId | null;
      }
    | { readonly type: "dispute-opened"; readonly money: Money }
    | { readonly type: "dispute-closed"; readonly money: Money; readonly outcome: "won" | "lost" }
  );

export type FactType = Fact["type"];
export type FactOf<Type extends FactType> = Fact & { readonly type: Type };

const detailsOf = (fact: Fact): readonly (string | boolean | null)[] => {
  switch (fact.type) {
    case "declined":
      return [fact.code, fact.final];
    case "action-required":
      return fact.action.type === "confirm"
        ? [fact.action.type, fact.action.clientSecret]
        : [fact.action.type, fact.action.url];
    case "refund-pending":
    case "refund-succeeded":
    case "refund-failed":
      return [fact.refundId];
    case "dispute-closed":
      return [fact.outcome];
    default:
      return [];
  }
};

const moneyOf = (fact: Fact): readonly string[] =>
  "money" in fact ? [fact.money.amount.toString(), fact.money.currency] : [];

/** Equal for two reports of one fact, whatever time they carry. */
export const fingerprintOf = (fact: Fact): string =>
  JSON.stringify([fact.type, fact.reference, fact.mode, fact.account, ...moneyOf(fact), ...detailsOf(fact)]);

/** A fact as JSON holds it. */
export type StoredFact = Readonly<Record<string, unknown>>;

export const toStoredFact = (fact: Fact): StoredFact => ({
  ...fact,
  occurredAt: fact.occurredAt.toISOString(),
  ...("money" in fact && { money: { ...fact.money, amount: fact.money.amount.toString() } }),
});

export const rehydrateFact = (stored: StoredFact): Fact => {
  const { occurredAt, money, ...rest } = stored as StoredFact & {
    readonly occurredAt: string;
    readonly money?: { readonly amount: string; readonly currency: string };
  };
  return {
    ...rest,
    occurredAt: new Date(occurredAt),
    ...(money !== undefined && { money: rehydrateMoney(money.amount, money.currency) }),
  } as Fact;
};
