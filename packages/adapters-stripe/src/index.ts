export {
  isStripeApiBase,
  parseStripeSecretKey,
  STRIPE_API_VERSION,
  type StripeAccess,
  type StripeSecretKey,
} from "./stripe-access.ts";
export { StripeConnectedAccounts } from "./stripe-connected-accounts.ts";
export { StripeNotifications, type StripeWebhookSecrets } from "./stripe-notifications.ts";
export { StripeProcessor } from "./stripe-processor.ts";
