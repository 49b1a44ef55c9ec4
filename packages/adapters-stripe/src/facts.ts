import { createHash } from "node:crypto";
import {
  type Fact,
  type NextAction,
  type OperationReport,
  type ProcessorAccount,
  type ProcessorReference,
  parseRefundId,
  type RefundId,
  rehydrateProcessorReference,
} from "@payments/domain";
import type Stripe from "stripe";
import { fromStripeAmount } from "./amounts.ts";
import { toFailureCode } from "./errors.ts";

/** Who confirms the payment: this service with a payment method, or the payer in the browser. */
export type Confirmation = "server" | "browser";

type Origin = Pick<Fact, "reference" | "mode" | "account" | "occurredAt">;

const reference = (id: string): ProcessorReference => rehydrateProcessorReference(id);

const at = (seconds: number): Date => new Date(seconds * 1_000);

/** The id of an object that Stripe gives as an id or in full. */
export const idOf = (object: string | { readonly id: string } | null): string | null =>
  typeof object === "string" ? object : (object?.id ?? null);

/** A payment that was confirmed by this service has no second attempt: nobody holds its client secret. */
const isBrowserConfirmed = ({ metadata }: Stripe.PaymentIntent): boolean => metadata["confirmation"] === "browser";

const nextActionOf = (intent: Stripe.PaymentIntent): NextAction | null => {
  const { client_secret: clientSecret, next_action: action, status } = intent;
  if (!isBrowserConfirmed(intent) && status !== "requires_action") return null;
  const url = action?.redirect_to_url?.url;
  if (!isBrowserConfirmed(intent) && url) return { type: "redirect", url };
  return clientSecret === null ? null : { type: "confirm", clientSecret };
};

/** Two pages are two actions, so that the second one does not contradict the first. */
const actionReference = ({ id }: Stripe.PaymentIntent, action: NextAction): string =>
  action.type === "confirm" ? id : `${id}/${createHash("sha256").update(action.url).digest("hex").slice(0, 16)}`;

type LastError = NonNullable<Stripe.PaymentIntent["last_payment_error"]>;

const attemptOf = ({ id }: Stripe.PaymentIntent, error: LastError): string =>
  error.charge ?? `${id}/${error.payment_method?.id ?? "attempt"}`;

/** A cancellation by Stripe ends an authorization that nobody captured in time. */
const isExpired = ({ cancellation_reason: reason }: Stripe.PaymentIntent): boolean =>
  reason === "automatic" || reason === "expired";

const expandedCharge = ({ latest_charge: charge }: Stripe.PaymentIntent): Stripe.Charge | null =>
  typeof charge === "string" ? null : charge;

/** When the money moved, by the balance if it is known, so that a day can be compared with the balance. */
const capturedAt = (intent: Stripe.PaymentIntent, reportedAt: number | null): number => {
  const transaction = expandedCharge(intent)?.balance_transaction;
  return (typeof transaction === "object" ? transaction?.created : null) ?? reportedAt ?? intent.created;
};

/**
 * Everything that a PaymentIntent says. An event carries the id of its charge and a response the whole charge; both
 * give facts with the same references. `reportedAt` is the time of the event.
 */
export const factsOfIntent = (
  intent: Stripe.PaymentIntent,
  account: ProcessorAccount | null,
  reportedAt: number | null = null,
): readonly Fact[] => {
  const { id, status, amount, amount_received: received, currency, last_payment_error: error } = intent;
  const mode = intent.livemode ? "live" : "test";
  const origin = (name: string, seconds = intent.created): Origin => ({
    reference: reference(name),
    mode,
    account,
    occurredAt: at(seconds),
  });
  const charge = idOf(intent.latest_charge) ?? id;
  const facts: Fact[] = [];
  const action = nextActionOf(intent);
  if (action !== null) facts.push({ type: "action-required", action, ...origin(actionReference(intent, action)) });
  if (status === "processing") facts.push({ type: "processing", ...origin(charge) });
  if (error !== null) {
    const code = toFailureCode(error);
    facts.push({ type: "declined", code, final: !isBrowserConfirmed(intent), ...origin(attemptOf(intent, error)) });
  }
  const isAuthorized = status === "requires_capture" || status === "succeeded";
  const wasAuthorized = status === "canceled" && expandedCharge(intent)?.status === "succeeded";
  if (isAuthorized || wasAuthorized) {
    facts.push({ type: "authorized", money: fromStripeAmount(amount, currency), ...origin(charge) });
  }
  if (received > 0) {
    const money = fromStripeAmount(received, currency);
    facts.push({ type: "captured", money, ...origin(charge, capturedAt(intent, reportedAt)) });
  }
  if (status === "canceled") {
    facts.push({ type: isExpired(intent) ? "expired" : "canceled", ...origin(id, intent.canceled_at ?? undefined) });
  }
  return facts;
};

/** What became of the authorization. A payment that was authorized and then canceled was a success. */
export const outcomeOfIntent = (intent: Stripe.PaymentIntent): OperationReport["outcome"] => {
  const { status } = intent;
  if (status === "succeeded" || status === "requires_capture") return "succeeded";
  if (status === "canceled") return expandedCharge(intent)?.status === "succeeded" ? "succeeded" : "declined";
  return status === "requires_payment_method" && !isBrowserConfirmed(intent) ? "declined" : "pending";
};

const REFUND_FACTS = {
  pending: "refund-pending",
  requires_action: "refund-pending",
  succeeded: "refund-succeeded",
  failed: "refund-failed",
  canceled: "refund-failed",
} as const;

type RefundOrigin = Pick<Fact, "mode" | "account">;

const refundIdOf = ({ metadata }: Stripe.Refund): RefundId | null =>
  parseRefundId(metadata?.["refund_id"] ?? "").unwrapOr(null);

/** A status that is not known yet counts as pending: the next report decides. */
export const factOfRefund = (refund: Stripe.Refund, origin: RefundOrigin): Fact => ({
  type: REFUND_FACTS[refund.status as keyof typeof REFUND_FACTS] ?? "refund-pending",
  money: fromStripeAmount(refund.amount, refund.currency),
  refundId: refundIdOf(refund),
  reference: reference(refund.id),
  occurredAt: at(refund.created),
  ...origin,
});

export const outcomeOfRefund = ({ type }: Fact): OperationReport["outcome"] => {
  if (type === "refund-failed") return "declined";
  return type === "refund-succeeded" ? "succeeded" : "pending";
};

/** An inquiry (`warning_...`) withholds no money yet, and a prevented dispute none at all. */
const WITHHOLDS: ReadonlySet<string> = new Set(["needs_response", "under_review", "won", "lost"]);

export const factsOfDispute = (
  dispute: Stripe.Dispute,
  account: ProcessorAccount | null,
  reportedAt = dispute.created,
): readonly Fact[] => {
  const { id, status, amount, currency, created, livemode } = dispute;
  if (!WITHHOLDS.has(status)) return [];
  const money = fromStripeAmount(amount, currency);
  const mode = livemode ? "live" : "test";
  const origin: Origin = { reference: reference(id), mode, account, occurredAt: at(created) };
  const opened: Fact = { type: "dispute-opened", money, ...origin };
  if (status !== "won" && status !== "lost") return [opened];
  const outcome = status === "won" ? "won" : "lost";
  return [opened, { type: "dispute-closed", money, outcome, ...origin, occurredAt: at(reportedAt) }];
};
