import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import {
  agreedFacts,
  type Discrepancy,
  type DiscrepancyReason,
  groupBy,
  type PaymentTerms,
  withinLimit,
} from "./discrepancy.ts";
import { disputedAmount, foldDisputes, type ReportedDispute } from "./dispute.ts";
import { type Fact, type FactOf, type FactType, type FailureCode, fingerprintOf, type NextAction } from "./facts.ts";
import { foldRefunds, type ReportedRefund, refundedAmount } from "./refund.ts";

export const PAYMENT_STATUSES = [
  "created",
  "requires_action",
  "processing",
  "authorized",
  "succeeded",
  "failed",
  "canceled",
  "expired",
] as const;

export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export const parsePaymentStatus = (raw: string): Result<PaymentStatus, InvalidValue> => {
  const status = PAYMENT_STATUSES.find((known) => known === raw);
  return status === undefined ? invalidValue(`must be one of ${PAYMENT_STATUSES.join(", ")}`) : ok(status);
};

/** What the facts say about a payment. Amounts are in its currency's minor unit. */
export interface PaymentState {
  readonly status: PaymentStatus;
  /** What was authorized, also after the authorization ended. */
  readonly amountAuthorized: bigint;
  readonly amountCaptured: bigint;
  readonly amountRefunded: bigint;
  readonly amountDisputed: bigint;
  readonly refunds: readonly ReportedRefund[];
  readonly disputes: readonly ReportedDispute[];
  /** Only where the status is `requires_action`. */
  readonly nextAction: NextAction | null;
  /** The last reason, where the status is `failed` or `requires_action`. */
  readonly failure: FailureCode | null;
  readonly discrepancies: readonly Discrepancy[];
}

const ofType = <Type extends FactType>(facts: readonly Fact[], type: Type): readonly FactOf<Type>[] =>
  facts.filter((fact): fact is FactOf<Type> => fact.type === type);

/** Equal times are decided by content, so that the order of arrival never matters. */
const latest = <F extends Fact>(facts: readonly F[]): F | undefined => {
  const placeOf = (fact: Fact) => `${String(fact.occurredAt.getTime()).padStart(20, "0")} ${fingerprintOf(fact)}`;
  return facts.reduce<F | undefined>(
    (last, fact) => (last === undefined || placeOf(fact) > placeOf(last) ? fact : last),
    undefined,
  );
};

/** A payment has one authorization. */
const foldAuthorization = (facts: readonly Fact[], payable: bigint) =>
  withinLimit(
    ofType(facts, "authorized").map((fact) => ({ takes: fact.money.amount, facts: [fact] })),
    payable,
  );

const foldCaptures = (facts: readonly Fact[], authorized: bigint) => {
  const captures = facts.filter(({ type }) => type === "captured" || type === "capture-failed") as readonly FactOf<
    "captured" | "capture-failed"
  >[];
  return withinLimit(
    groupBy(captures, ({ reference }) => reference).map((group) => ({
      takes: group.some(({ type }) => type === "capture-failed") ? 0n : group[0].money.amount,
      facts: group,
    })),
    authorized,
  );
};

const statusOf = (terms: PaymentTerms, facts: readonly Fact[], authorized: bigint, captured: bigint): PaymentStatus => {
  const has = (type: FactType) => facts.some((fact) => fact.type === type);
  const declines = ofType(facts, "declined");
  // A payer with the client secret can confirm again after any decline.
  const isConfirmable = ofType(facts, "action-required").some(({ action }) => action.type === "confirm");
  const isOpen = ({ reference }: Fact) => !declines.some((decline) => decline.reference === reference);
  if (captured > 0n) return "succeeded";
  if (authorized > 0n && !has("canceled") && !has("expired")) return "authorized";
  if (has("canceled")) return "canceled";
  if (has("expired")) return "expired";
  if (!isConfirmable && declines.some(({ final }) => final)) return "failed";
  if (ofType(facts, "processing").some(isOpen)) return "processing";
  if (has("action-required") || has("declined")) return "requires_action";
  return terms.requested ? "processing" : "created";
};

const failureOf = (status: PaymentStatus, facts: readonly Fact[]): FailureCode | null => {
  if (status !== "failed" && status !== "requires_action") return null;
  const declines = ofType(facts, "declined");
  const deciding = status === "failed" ? declines.filter(({ final }) => final) : declines;
  return latest(deciding)?.code ?? null;
};

/** Everything but the status of a payment that the processor has reported nothing of. */
const UNREPORTED: Omit<PaymentState, "status"> = {
  amountAuthorized: 0n,
  amountCaptured: 0n,
  amountRefunded: 0n,
  amountDisputed: 0n,
  refunds: [],
  disputes: [],
  nextAction: null,
  failure: null,
  discrepancies: [],
};

/**
 * The payment that these facts describe. Every permutation of the facts, with any of them repeated, gives the same
 * payment. What was captured never exceeds what was authorized, and what was refunded never exceeds what was captured:
 * facts that say otherwise are discrepancies.
 */
export const foldPayment = (terms: PaymentTerms, facts: readonly Fact[]): PaymentState => {
  if (facts.length === 0) return { status: statusOf(terms, [], 0n, 0n), ...UNREPORTED };
  const { agreed, discrepancies } = agreedFacts(terms, facts);
  const authorization = foldAuthorization(agreed, terms.money.amount);
  const captures = foldCaptures(agreed, authorization.total);
  const { refunds, exceeding: excessRefunds } = foldRefunds(agreed, captures.total);
  const { disputes, exceeding: excessDisputes } = foldDisputes(agreed, captures.total);
  const exceeding = (reason: DiscrepancyReason, excess: readonly Fact[]): readonly Discrepancy[] =>
    excess.map((fact) => ({ reason, fact }));
  const status = statusOf(terms, agreed, authorization.total, captures.total);
  return {
    status,
    amountAuthorized: authorization.total,
    amountCaptured: captures.total,
    amountRefunded: refundedAmount(refunds),
    amountDisputed: disputedAmount(disputes),
    refunds,
    disputes,
    nextAction: status === "requires_action" ? (latest(ofType(agreed, "action-required"))?.action ?? null) : null,
    failure: failureOf(status, agreed),
    discrepancies: [
      ...discrepancies,
      ...exceeding(
        "above-payment",
        authorization.exceeding.flatMap((item) => item.facts),
      ),
      ...exceeding(
        "above-authorized",
        captures.exceeding.flatMap((item) => item.facts),
      ),
      ...exceeding("above-captured", [...excessRefunds, ...excessDisputes]),
    ],
  };
};
