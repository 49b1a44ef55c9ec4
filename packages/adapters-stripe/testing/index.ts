export {
  FAKE_SECRET_KEYS,
  FAKE_WEBHOOK_SECRETS,
  FakeStripe,
  type FakeStripeOptions,
  type StripeFaultName,
} from "./fake-stripe.ts";
export type { LedgerEntry } from "./ledger.ts";
export { authenticate } from "./payment-intents.ts";
export { TEST_PAYMENT_METHODS } from "./payment-methods.ts";
export { closeDispute, openDispute, settleRefund } from "./refunds.ts";
export type { WebhookSecrets } from "./webhook-sender.ts";
