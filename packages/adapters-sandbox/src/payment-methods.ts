import type { FailureCode } from "@payments/domain";

/** How the sandbox treats a payment method. */
export interface SandboxBehavior {
  /** What the documentation says about the token. */
  readonly description: string;
  /** A code is the reason of a decline. */
  readonly authorization: "approved" | "action-required" | FailureCode;
  /** The first response to the authorization is lost after the sandbox executed it. */
  readonly losesResponse?: true;
  /** Captures, cancellations and refunds are acknowledged first. Their results come later. */
  readonly reportsLater?: true;
  /** The payer disputes the payment as soon as it is captured. `won`: the dispute is closed later. */
  readonly disputes?: true | "won";
  /** What happens to a request in the first second after its operation was planned. Nothing is executed. */
  readonly firstSecond?: "unreachable" | "request-lost" | "rate-limited";
  /** The first response comes long after the sandbox executed the request. */
  readonly isSlow?: true;
  /** Every report contains each fact twice. */
  readonly reportsTwice?: true;
  /** The authorization is reported with another amount. */
  readonly reportsWrongAmount?: true;
  /** Captures are acknowledged first, and fail later. */
  readonly capturesFailLater?: true;
  /** An authorization that is not captured expires. */
  readonly expires?: true;
  /** Refunds succeed first, and fail later. */
  readonly refundsFailLater?: true;
  /** Refunds are declined. */
  readonly declinesRefunds?: true;
}

/** The tokens that select an outcome. */
export const SANDBOX_PAYMENT_METHODS: Readonly<Record<string, SandboxBehavior>> = {
  pm_card_visa: { description: "The payment succeeds.", authorization: "approved" },
  pm_card_declined: { description: "The card issuer declines.", authorization: "card_declined" },
  pm_card_insufficient_funds: {
    description: "The card issuer declines, because the account has too little money.",
    authorization: "insufficient_funds",
  },
  pm_card_expired: {
    description: "The card issuer declines, because the card has expired.",
    authorization: "card_expired",
  },
  pm_requires_action: {
    description: "The payer must authenticate. A page of the sandbox lets the payer approve or decline.",
    authorization: "action-required",
  },
  pm_times_out_then_succeeds: {
    description: "The payment succeeds, but the sandbox's first response is lost. A retry learns the result.",
    authorization: "approved",
    losesResponse: true,
  },
  pm_times_out_then_declines: {
    description: "The card issuer declines, but the sandbox's first response is lost. A retry learns the result.",
    authorization: "card_declined",
    losesResponse: true,
  },
  pm_reports_later: {
    description: "The payment is authorized at once. Captures, cancellations and refunds are pending first.",
    authorization: "approved",
    reportsLater: true,
  },
  pm_dispute: {
    description: "The payment succeeds, and the payer disputes it at once.",
    authorization: "approved",
    disputes: true,
  },
  pm_unreachable_first: {
    description: "The sandbox cannot be reached for a second. After that the payment succeeds.",
    authorization: "approved",
    firstSecond: "unreachable",
  },
  pm_request_lost_first: {
    description: "The sandbox loses requests for a second, before it executes them. After that the payment succeeds.",
    authorization: "approved",
    firstSecond: "request-lost",
  },
  pm_rate_limited_first: {
    description:
      "The sandbox takes no requests for a second, and asks for a pause of 2 s. After that the payment succeeds.",
    authorization: "approved",
    firstSecond: "rate-limited",
  },
  pm_slow: {
    description: "The payment succeeds at once, but the sandbox answers after 30 s. A retry learns the result.",
    authorization: "approved",
    isSlow: true,
  },
  pm_reports_twice: {
    description: "The payment succeeds, and the sandbox reports it twice.",
    authorization: "approved",
    reportsTwice: true,
  },
  pm_reports_wrong_amount: {
    description:
      "The sandbox reports 1 more than it was asked for. The payment stays `processing`, and the operator gets an alert.",
    authorization: "approved",
    reportsWrongAmount: true,
  },
  pm_capture_fails_later: {
    description: "The payment is authorized at once. Captures are pending first, and fail after 2 to 4 s.",
    authorization: "approved",
    capturesFailLater: true,
  },
  pm_authorization_expires: {
    description: "The authorization of a manual capture expires after 2 to 4 s.",
    authorization: "approved",
    expires: true,
  },
  pm_dispute_won: {
    description: "The payment succeeds, and the payer disputes it at once. The dispute is won after 2 to 4 s.",
    authorization: "approved",
    disputes: "won",
  },
  pm_refund_fails_later: {
    description: "The payment succeeds. Refunds succeed first, and fail after 2 to 4 s.",
    authorization: "approved",
    refundsFailLater: true,
  },
  pm_refund_fails: {
    description: "The payment succeeds. Refunds fail.",
    authorization: "approved",
    declinesRefunds: true,
  },
};
