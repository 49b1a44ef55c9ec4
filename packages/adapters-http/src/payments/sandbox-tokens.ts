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
  pm_refund_fails: "The payment succeeds. Refunds fail.",
} as const;

/** A Markdown list. */
export const sandboxTokenList = Object.entries(SANDBOX_TOKENS)
  .map(([token, effect]) => `- \`${token}\`: ${effect}`)
  .join("\n");
