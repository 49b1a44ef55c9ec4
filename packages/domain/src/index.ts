export {
  type Actor,
  AUDIT_EVENT_TYPES,
  type AuditDetails,
  type AuditEvent,
  type AuditEventId,
  type AuditEventType,
  parseAuditEventId,
  rehydrateAuditEvent,
  SERVICE,
  toAuditEventJson,
} from "./audit/audit-event.ts";
export type { AuditLog } from "./audit/audit-log.ts";
export {
  API_KEY_ENTROPY_BYTES,
  type ApiKey,
  type ApiKeyGenerator,
  type ApiKeyPrefix,
  createApiKey,
  type MalformedApiKey,
  parseApiKey,
  parseApiKeyPrefix,
  testPrefixOf,
} from "./client/api-key.ts";
export type {
  ApiKeyAuthenticator,
  AuthenticatedClient,
  AuthenticationError,
  FailedAuthentication,
} from "./client/api-key-authenticator.ts";
export type { ApiKeyEncoder } from "./client/api-key-encoder.ts";
export type { ApiKeyUsage, ClientApiKeyUsage, EndedApiKeyUsage, FormerApiKeyUsage } from "./client/api-key-usage.ts";
export {
  type Client,
  type ClientChanges,
  type ClientId,
  type ClientName,
  type ClientNotFound,
  type ClientStatus,
  type ClientUpdate,
  createClient,
  type EmailAddress,
  MAXIMUM_EMAIL_LENGTH,
  MAXIMUM_NAME_LENGTH,
  type Mode,
  parseClientId,
  parseClientName,
  parseEmailAddress,
  rehydrateClient,
} from "./client/client.ts";
export type {
  ClientAlreadyExists,
  ClientRepository,
  EndedApiKeys,
  StoredCreation,
} from "./client/client-repository.ts";
export type { ConnectedAccountStatus, ConnectedAccounts, OnboardingLink } from "./client/connected-accounts.ts";
export {
  CreateClient,
  type CreateClientCommand,
  type CreateClientError,
  type CreatedClient,
} from "./client/create-client.ts";
export {
  type Credentials,
  endFormer,
  isCurrent,
  MAXIMUM_OVERLAP_SECONDS,
  type OverlapInProgress,
  type OverlapSeconds,
  parseOverlapSeconds,
  type Rotation,
  rehydrateStoredApiKey,
  revoke,
  rotate,
  type StoredApiKey,
} from "./client/credentials.ts";
export {
  type ConnectedAccountsByMode,
  OnboardClient,
  type OnboardingError,
  type OnboardingPage,
  type OnboardingTokenInvalid,
  type OnboardingTokens,
} from "./client/onboard-client.ts";
export type { QuotaDecision, RequestQuota } from "./client/request-quota.ts";
export { EndFormerApiKey, RevokeApiKey } from "./client/revoke-api-key.ts";
export { RotateApiKey, type RotateApiKeyError, type RotatedApiKey } from "./client/rotate-api-key.ts";
export { UpdateClient, type UpdateClientError } from "./client/update-client.ts";
export { type ChargeChange, changeOf, creationOf } from "./event/charge-change.ts";
export { CONNECTIONS_PER_ENDPOINT, DeliverWebhooks, type TurnReport } from "./event/deliver-webhooks.ts";
export {
  ATTEMPT_DELAYS_MS,
  DISABLE_AFTER_MS,
  disabledBy,
  isSuccess,
  MAXIMUM_RETRY_AFTER_MS,
  nextAfter,
} from "./event/delivery-schedule.ts";
export {
  type ClientEvent,
  createEventId,
  DISPUTE_EVENT_TYPES,
  type DisputeEventType,
  ENDPOINT_EVENT_TYPES,
  type EndpointEventType,
  EVENT_TYPES,
  type EventId,
  type EventJson,
  type EventType,
  PAYMENT_EVENT_TYPES,
  type PaymentEventType,
  REFUND_EVENT_TYPES,
  type RefundEventType,
  rehydrateEvent,
  toEventJson,
} from "./event/event.ts";
export {
  EVENT_RETENTION_MS,
  type EventCursor,
  type EventCursorText,
  type EventCursorUnknown,
  type EventFeed,
  type EventPage,
  parseEventCursor,
  toEventCursorText,
} from "./event/event-feed.ts";
export {
  type EncryptionNotConfigured,
  type EndpointWithSecret,
  ManageWebhookEndpoints,
  type ReplayTimeRefused,
  type WebhookUrlRefused,
} from "./event/manage-webhook-endpoints.ts";
export type {
  AttemptedDelivery,
  DueDelivery,
  EndpointCondition,
  TurnResult,
  WebhookDeliveries,
  WebhookTurn,
} from "./event/webhook-deliveries.ts";
export {
  type AttemptFailure,
  type AttemptOutcome,
  type DeliveryAttempt,
  type DeliveryNext,
  type DeliveryState,
  MAXIMUM_RESPONSE_BYTES,
  parseWebhookDeliveryId,
  toWebhookDeliveryJson,
  type WebhookDelivery,
  type WebhookDeliveryNotFound,
} from "./event/webhook-delivery.ts";
export {
  createWebhookEndpointId,
  type DisabledReason,
  MAXIMUM_WEBHOOK_DESCRIPTION_LENGTH,
  MAXIMUM_WEBHOOK_ENDPOINTS,
  MAXIMUM_WEBHOOK_URL_LENGTH,
  parseEventType,
  parseWebhookDescription,
  parseWebhookEndpointId,
  rehydrateWebhookEndpoint,
  rotateWebhookSecrets,
  signingSecrets,
  toWebhookEndpointJson,
  type WebhookDescription,
  type WebhookEndpoint,
  type WebhookEndpointId,
  type WebhookEndpointJson,
  type WebhookEndpointLimitReached,
  type WebhookEndpointNotFound,
  type WebhookSecret,
  type WebhookSecrets,
  type WebhookUrl,
} from "./event/webhook-endpoint.ts";
export type { WebhookEndpointChanges, WebhookEndpointRepository } from "./event/webhook-endpoint-repository.ts";
export {
  ATTEMPT_TIMEOUT_MS,
  type WebhookRequest,
  type WebhookSecretGenerator,
  type WebhookSender,
} from "./event/webhook-sender.ts";
export { type Currency, exponentOf, parseCurrency } from "./money/currency.ts";
export { type FeeRule, feeOn, MAXIMUM_FEE_BASIS_POINTS, NO_FEE, parseFeeRule, rehydrateFeeRule } from "./money/fee.ts";
export { MAXIMUM_AMOUNT, MINIMUM_AMOUNT, type Money, moneyText, parseAmount } from "./money/money.ts";
export { type AccountUnmatched, ApplyNotification, type RefreshAccount } from "./payment/apply-notification.ts";
export {
  type CancelPaymentError,
  type CapturePaymentError,
  ChangeCharge,
  type ChangedCharge,
  type MadeRefund,
  type RefundPaymentError,
  type WaitForProcessor,
} from "./payment/change-charge.ts";
export {
  type AnyAuthorization,
  type Charge,
  createOperationId,
  discrepanciesAmong,
  refundStatus,
  rehydrateCharge,
  rehydrateOperation,
  type StoredOperation,
  type TrackedOperation,
  toStoredOperation,
} from "./payment/charge.ts";
export {
  type ChargeHistory,
  chargeOf,
  newHistory,
  refundsOf,
  withNotice,
  withPlanned,
  withReport,
  withSettlement,
} from "./payment/charge-history.ts";
export {
  type ChargedPayment,
  ChargePayment,
  type ChargePaymentCommand,
  type ChargePaymentError,
  type PaymentMethodUnknown,
} from "./payment/charge-payment.ts";
export type {
  ChargeRepository,
  ClaimedOperation,
  PlannedOperation,
  Settlement,
  StartedOperation,
} from "./payment/charge-repository.ts";
export {
  afterAnswer,
  afterFailure,
  afterStart,
  allowsCall,
  type BreakerState,
  type CircuitBreaker,
  CLOSED_BREAKER,
  FAILURES_TO_OPEN,
  FIRST_PROBE_AFTER_MS,
  MAXIMUM_PROBE_INTERVAL_MS,
} from "./payment/circuit-breaker.ts";
export {
  CreatePayment,
  type CreatePaymentCommand,
  type CreatePaymentError,
  type IdempotencyKeyReused,
} from "./payment/create-payment.ts";
export type { Discrepancy, DiscrepancyReason, PaymentTerms } from "./payment/discrepancy.ts";
export {
  createDisputeId,
  type Dispute,
  type DisputeId,
  type DisputeNotFound,
  type DisputeStatus,
  parseDisputeId,
  type ReportedDispute,
  rehydrateDispute,
} from "./payment/dispute.ts";
export type { DisputeRepository } from "./payment/dispute-repository.ts";
export {
  FAILURE_MESSAGES,
  type Fact,
  type FactOf,
  type FactType,
  type FailureCode,
  fingerprintOf,
  type NextAction,
  type ProcessorAccount,
  type ProcessorReference,
  parseProcessorAccount,
  parseProcessorReference,
  rehydrateFact,
  rehydrateProcessorReference,
  type StoredFact,
  toStoredFact,
} from "./payment/facts.ts";
export {
  foldPayment,
  PAYMENT_STATUSES,
  type PaymentState,
  type PaymentStatus,
  parsePaymentStatus,
} from "./payment/fold.ts";
export {
  type IdempotencyKey,
  MAXIMUM_IDEMPOTENCY_KEY_LENGTH,
  parseIdempotencyKey,
} from "./payment/idempotency-key.ts";
export {
  type CallGate,
  type CallOutcome,
  IsolatedProcessor,
  type IsolationLimits,
  type ProcessorCall,
  type ProcessorStatus,
} from "./payment/isolated-processor.ts";
export {
  type AnyOperation,
  advance,
  type CaptureMethod,
  IDEMPOTENCY_KEY_MARGIN_MS,
  isUnresolved,
  MAXIMUM_RETURN_URL_LENGTH,
  type Operation,
  type OperationEvent,
  type OperationId,
  type OperationKind,
  type OperationOf,
  type OperationState,
  type PaymentMethod,
  parsePaymentMethod,
  parseReturnUrl,
  REVIEW_AFTER_MS,
  recoveryOf,
} from "./payment/operation.ts";
export {
  type Description,
  MAXIMUM_DESCRIPTION_LENGTH,
  MAXIMUM_METADATA_KEY_LENGTH,
  MAXIMUM_METADATA_PAIRS,
  MAXIMUM_METADATA_VALUE_LENGTH,
  type Metadata,
  NO_METADATA,
  type Payment,
  type PaymentId,
  type PaymentNotFound,
  parseDescription,
  parseMetadata,
  parseMetadataPair,
  parsePaymentId,
  rehydratePayment,
  rehydratePaymentId,
} from "./payment/payment.ts";
export {
  type DisputeJson,
  type PaymentJson,
  type RefundJson,
  toDisputeJson,
  toPaymentJson,
  toRefundJson,
} from "./payment/payment-json.ts";
export type {
  NotAtProcessor,
  NotSent,
  OperationReport,
  OutcomeUnknown,
  PaymentProcessor,
  ProcessorCapabilities,
  ProcessorError,
  ProcessorReport,
  Processors,
  RateLimited,
  Refused,
} from "./payment/payment-processor.ts";
export type {
  CredentialNotCurrent,
  PaymentFilter,
  PaymentRepository,
  RecordedPayment,
} from "./payment/payment-repository.ts";
export {
  type AmountAboveAuthorized,
  type AmountAboveCaptured,
  type PaymentNotCancelable,
  type PaymentNotCapturable,
  type PaymentNotRefundable,
  planCancel,
  planCapture,
  planRefund,
} from "./payment/plan.ts";
export type {
  Notification,
  NotificationMalformed,
  NotificationNotAuthentic,
  PaymentOwner,
  ProcessorNotifications,
} from "./payment/processor-notifications.ts";
export { ReceiveNotification, type ReceiveNotificationError } from "./payment/receive-notification.ts";
export type {
  NotificationOutcome,
  ReceivedNotification,
  ReceivedNotifications,
} from "./payment/received-notifications.ts";
export {
  type BalanceTransactions,
  type BalanceTransactionsByMode,
  type Difference,
  type Movement,
  type MovementKind,
  movementOf,
  type Period,
  type Reconciliation,
  type RecordedMovement,
  type RecordedMovements,
  reconcile,
} from "./payment/reconcile.ts";
export {
  createRefundId,
  MAXIMUM_REFUND_REASON_LENGTH,
  parseRefundId,
  parseRefundReason,
  type Refund,
  type RefundId,
  type RefundNotFound,
  type RefundReason,
  type RefundStatus,
  type ReportedRefund,
  rehydrateRefund,
  type StoredRefund,
} from "./payment/refund.ts";
export {
  MAXIMUM_REVIEW_REASON_LENGTH,
  type OperationNotInReview,
  type OperationReviews,
  type ProcessorPaymentMissing,
  parseOperationId,
  parseReviewReason,
  type ReviewDecision,
  ReviewOperation,
  type ReviewOperationError,
  type ReviewReason,
} from "./payment/review-operation.ts";
export { type NoProcessor, RunOperation } from "./payment/run-operation.ts";
export {
  type Checkout,
  type CheckoutNotFound,
  type CheckoutNotWaiting,
  type CheckoutState,
  CompleteCheckout,
  type TestCheckout,
} from "./payment/test-checkout.ts";
export { IssueReceipt, type IssueReceiptError, RotateSigningKey } from "./receipt/issue-receipt.ts";
export { type Receipt, type SignedReceipt, toReceiptClaims } from "./receipt/receipt.ts";
export {
  type NewSigningKey,
  type PublicJwk,
  parseSigningKeyId,
  type ReceiptSigner,
  rehydrateSigningKeyId,
  type SigningKey,
  type SigningKeyId,
  type SigningKeyNotFound,
  type SigningKeys,
} from "./receipt/signing-key.ts";
export type { Brand } from "./shared/brand.ts";
export type { Clock } from "./shared/clock.ts";
export { type IdGenerator, toUuid } from "./shared/ids.ts";
export type { InvalidValue } from "./shared/invalid-value.ts";
export {
  DEFAULT_PAGE_LIMIT,
  MAXIMUM_PAGE_BYTES,
  MAXIMUM_PAGE_LIMIT,
  type Page,
  type PageRequest,
  pageOf,
  parsePageLimit,
} from "./shared/page.ts";
export {
  type EncryptedSecret,
  rehydrateEncryptedSecret,
  type SecretCipher,
  type SecretUnreadable,
} from "./shared/secret-cipher.ts";
export { type StorageUnavailable, storageUnavailable } from "./shared/storage-unavailable.ts";
export { parseTime } from "./shared/time.ts";
