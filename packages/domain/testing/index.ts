export { type AuditStorage, auditLogContract } from "./audit/audit-log-contract.ts";
export { InMemoryAuditLog } from "./audit/in-memory-audit-log.ts";
export { type AuthenticatorStorage, apiKeyAuthenticatorContract } from "./client/api-key-authenticator-contract.ts";
export { apiKeyUsageContract, type UsageStorage } from "./client/api-key-usage-contract.ts";
export { clientRepositoryContract } from "./client/client-repository-contract.ts";
export { type ConnectedAccountsSetUp, connectedAccountsContract } from "./client/connected-accounts-contract.ts";
export { type CredentialStorage, credentialsContract } from "./client/credentials-contract.ts";
export { InMemoryApiKeyAuthenticator } from "./client/in-memory-api-key-authenticator.ts";
export { InMemoryApiKeyUsage } from "./client/in-memory-api-key-usage.ts";
export { InMemoryClientRepository } from "./client/in-memory-client-repository.ts";
export { InMemoryConnectedAccounts } from "./client/in-memory-connected-accounts.ts";
export { InMemoryOnboardingTokens } from "./client/in-memory-onboarding-tokens.ts";
export { InMemoryRequestQuota, type QuotaStorage } from "./client/in-memory-request-quota.ts";
export { type OnboardingTokensSetUp, onboardingTokensContract } from "./client/onboarding-tokens-contract.ts";
export { type QuotaSetUp, requestQuotaContract } from "./client/request-quota-contract.ts";
export { SeededApiKeys } from "./client/seeded-api-keys.ts";
export { eventFeedContract, type FeedStorage } from "./event/event-feed-contract.ts";
export { InMemoryEventFeed } from "./event/in-memory-event-feed.ts";
export { InMemoryWebhookDeliveries } from "./event/in-memory-webhook-deliveries.ts";
export {
  InMemoryWebhookEndpointRepository,
  InMemoryWebhookStorage,
} from "./event/in-memory-webhook-endpoint-repository.ts";
export { webhookDeliveriesContract } from "./event/webhook-deliveries-contract.ts";
export { webhookEndpointRepositoryContract } from "./event/webhook-endpoint-repository-contract.ts";
export { anEvent, aWebhookEndpoint, type WebhookStorage } from "./event/webhook-scenario.ts";
export { type BalanceSetUp, balanceTransactionsContract } from "./payment/balance-transactions-contract.ts";
export { chargeChangesContract } from "./payment/charge-changes-contract.ts";
export type { ChargeStorage } from "./payment/charge-contract-kit.ts";
export { chargeRepositoryContract } from "./payment/charge-repository-contract.ts";
export { aFact, anyFact, aReference, chargedHistory, euros, someTerms } from "./payment/facts.ts";
export { InMemoryChargeRepository } from "./payment/in-memory-charge-repository.ts";
export { InMemoryDisputeRepository } from "./payment/in-memory-dispute-repository.ts";
export { InMemoryOperationReviews } from "./payment/in-memory-operation-reviews.ts";
export { InMemoryPaymentProcessor, type ProcessorFault } from "./payment/in-memory-payment-processor.ts";
export { InMemoryPaymentRepository } from "./payment/in-memory-payment-repository.ts";
export { InMemoryProcessorNotifications } from "./payment/in-memory-processor-notifications.ts";
export { InMemoryReceivedNotifications } from "./payment/in-memory-received-notifications.ts";
export { InMemoryRecordedMovements } from "./payment/in-memory-recorded-movements.ts";
export { operationReviewsContract, type ReviewStorage } from "./payment/operation-reviews-contract.ts";
export { type OperationsIn, operationsIn, plannedRefund } from "./payment/operations.ts";
export { type ProcessorSetUp, paymentProcessorContract } from "./payment/payment-processor-contract.ts";
export { type PaymentStorage, paymentRepositoryContract } from "./payment/payment-repository-contract.ts";
export {
  type NotificationSetUp,
  processorNotificationsContract,
  type SignedNotification,
} from "./payment/processor-notifications-contract.ts";
export {
  type ReceivedNotificationsSetUp,
  receivedNotificationsContract,
} from "./payment/received-notifications-contract.ts";
export { type MovementStorage, recordedMovementsContract } from "./payment/recorded-movements-contract.ts";
export { InMemoryReceiptSigner, InMemorySigningKeys } from "./receipt/in-memory-signing-keys.ts";
export { type SigningKeyStorage, signingKeysContract } from "./receipt/signing-keys-contract.ts";
export { aClient, anActor, anIdempotencyKey, aPayment, aRotation } from "./shared/builders.ts";
export { FixedClock, SequentialIds } from "./shared/clock-and-ids.ts";
export { encode, InMemoryStorage } from "./shared/in-memory-storage.ts";
export { expectError, expectOk } from "./shared/result.ts";
