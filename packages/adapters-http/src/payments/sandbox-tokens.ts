/** What the tokens of the sandbox do, in the order of its documentation. */
export const SANDBOX_TOKENS = {
  pm_card_visa: "The payment succeeds.",
  pm_card_declined: "The card issuer declines.",
  pm_card_insufficient_funds: "The card issuer declines, because the account has too little money.",
  pm_card_expired: "The card issuer declines, because the card has expired.",
  pm_requires_action: "The payer must authenticate. A page of the sandbox lets the payer approve or decline.",
  pm_times_out_then_succeeds:
    "The payment succeeds, but the sandbox's first response is lost. A retry learns the result.",
  pm_times_out_then_declines:
    "The card issuer declines, but the sandbox's first response is lost. A retry learns the result.",
  pm_reports_later: "The payment is authorized at once. Captures, cancellations and refunds are pending first.",
  pm_dispute: "The payment succeeds, and the payer disputes it at once.",
  pm_unreachable_first: "The sandbox cannot be reached for a second. After that the payment succeeds.",
  pm_request_lost_first:
    "The sandbox loses requests for a second, before it executes them. After that the payment succeeds.",
  pm_rate_limited_first:
    "The sandbox takes no requests for a second, and asks for a pause of 2 s. After that the payment succeeds.",
  pm_slow: "The payment succeeds at once, but the sandbox answers after 30 s. A retry learns the result.",
  pm_reports_twice: "The payment succeeds, and the sandbox reports it twice.",
  pm_reports_wrong_amount:
    "The sandbox reports 1 more than it was asked for. The payment stays `processing`, and the operator gets an alert.",
  pm_capture_fails_later: "The payment is authorized at once. Captures are pending first, and fail after 2 to 4 s.",
  pm_authorization_expires: "The authorization of a manual capture expires after 2 to 4 s.",
  pm_dispute_won: "The payment succeeds, and the payer disputes it at once. The dispute is won after 2 to 4 s.",
  pm_refund_fails_later: "The payment succeeds. Refunds succeed first, and fail after 2 to 4 s.",
  pm_refund_fails: "The payment succeeds. Refunds fail.",
} as const;

/** A Markdown list. */
export const sandboxTokenList = Object.entries(SANDBOX_TOKENS)
  .map(([token, effect]) => `- \`${token}\`: ${effect}`)
  .join("\n");
