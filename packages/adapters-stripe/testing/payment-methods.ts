/** What a test payment method of Stripe does. The names and the codes are Stripe's. */
export interface TestPaymentMethod {
  readonly decline?: { readonly code: string; readonly declineCode: string };
  readonly needsAction?: true;
  /** The status of the dispute that the payer opens as soon as the payment is captured. */
  readonly dispute?: "needs_response" | "warning_needs_response";
  /** A failing refund succeeds first. */
  readonly refund?: "pending" | "fails";
}

const declined = (code: string, declineCode: string): TestPaymentMethod => ({ decline: { code, declineCode } });

/** https://docs.stripe.com/testing. The fake accepts them in live mode too, because it moves no money. */
export const TEST_PAYMENT_METHODS: Readonly<Record<string, TestPaymentMethod>> = {
  pm_card_visa: {},
  pm_card_mastercard: {},
  pm_card_authenticationRequired: { needsAction: true },
  pm_card_chargeDeclined: declined("card_declined", "generic_decline"),
  pm_card_chargeDeclinedExpiredCard: declined("expired_card", "expired_card"),
  pm_card_chargeDeclinedIncorrectCvc: declined("incorrect_cvc", "incorrect_cvc"),
  pm_card_chargeDeclinedInsufficientFunds: declined("card_declined", "insufficient_funds"),
  pm_card_chargeDeclinedLostCard: declined("card_declined", "lost_card"),
  pm_card_createDispute: { dispute: "needs_response" },
  pm_card_createDisputeInquiry: { dispute: "warning_needs_response" },
  pm_card_pendingRefund: { refund: "pending" },
  pm_card_refundFail: { refund: "fails" },
};

export const testPaymentMethod = (id: string): TestPaymentMethod | undefined =>
  Object.hasOwn(TEST_PAYMENT_METHODS, id) ? TEST_PAYMENT_METHODS[id] : undefined;
