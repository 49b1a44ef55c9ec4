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
  /** The payer disputes the payment as soon as it is captured. */
  readonly disputes?: true;
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
  pm_refund_fails: {
    description: "The payment succeeds. Refunds fail.",
    authorization: "approved",
    declinesRefunds: true,
  },
};
