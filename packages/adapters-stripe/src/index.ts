export {
  isStripeApiBase,
  parseStripeSecretKey,
  STRIPE_API_VERSION,
  type StripeAccess,
  type StripeSecretKey,
} from "./stripe-access.ts";
export { StripeBalanceTransactions } from "./stripe-balance-transactions.ts";
export { StripeConnectedAccounts } from "./stripe-connected-accounts.ts";
export { StripeNotifications, type StripeWebhookSecrets } from "./stripe-notifications.ts";
export { StripeProcessor } from "./stripe-processor.ts";
