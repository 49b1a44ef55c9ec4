export { type AccountUnmatched, ApplyNotification, type RefreshAccount } from "./apply-notification.ts";
export {
  type CancelPaymentError,
  type CapturePaymentError,
  ChangeCharge,
  type ChangedCharge,
  type MadeRefund,
  type RefundPaymentError,
  type WaitForProcessor,
} from "./change-charge.ts";
export {
  type AnyAuthorization,
  type Charge,
  createOperationId,
  discrepanciesAmong,
  rehydrateCharge,
  rehydrateOperation,
  type StoredOperation,
  type TrackedOperation,
  toPlanDetails,
  toStoredOperation,
} from "./charge.ts";
export {
  type ChargeHistory,
  chargeOf,
  newHistory,
  refundsOf,
  withNotice,
  withPlanned,
  withReport,
  withSettlement,
} from "./charge-history.ts";
export {
  type ChargedPayment,
  ChargePayment,
  type ChargePaymentCommand,
  type ChargePaymentError,
  type PaymentMethodUnknown,
} from "./charge-payment.ts";
export type {
  ChargeRepository,
  ClaimedOperation,
  PlannedOperation,
  Settlement,
  StartedOperation,
} from "./charge-repository.ts";
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
} from "./circuit-breaker.ts";
export {
  CreatePayment,
  type CreatePaymentCommand,
  type CreatePaymentError,
  type IdempotencyKeyReused,
} from "./create-payment.ts";
export type { Discrepancy, DiscrepancyReason, PaymentTerms } from "./discrepancy.ts";
export {
  createDisputeId,
  type Dispute,
  type DisputeId,
  type DisputeNotFound,
  type DisputeRepository,
  type DisputeStatus,
  parseDisputeId,
  type ReportedDispute,
  rehydrateDispute,
} from "./dispute.ts";
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
} from "./facts.ts";
export {
  foldPayment,
  PAYMENT_STATUSES,
  type PaymentState,
  type PaymentStatus,
  parsePaymentStatus,
} from "./fold.ts";
export {
  type IdempotencyKey,
  MAXIMUM_IDEMPOTENCY_KEY_LENGTH,
  parseIdempotencyKey,
} from "./idempotency-key.ts";
export {
  type CallGate,
  type CallOutcome,
  IsolatedProcessor,
  type IsolationLimits,
  type ProcessorCall,
  type ProcessorStatus,
} from "./isolated-processor.ts";
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
} from "./operation.ts";
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
} from "./payment.ts";
export {
  type DisputeJson,
  type PaymentJson,
  type RefundJson,
  toDisputeJson,
  toPaymentJson,
  toRefundJson,
} from "./payment-json.ts";
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
} from "./payment-processor.ts";
export type {
  CredentialNotCurrent,
  PaymentFilter,
  PaymentRepository,
  RecordedPayment,
} from "./payment-repository.ts";
export {
  type AmountAboveAuthorized,
  type PaymentNotCancelable,
  type PaymentNotCapturable,
  planCancel,
  planCapture,
} from "./plan.ts";
export type {
  Notification,
  NotificationMalformed,
  NotificationNotAuthentic,
  PaymentOwner,
  ProcessorNotifications,
} from "./processor-notifications.ts";
export { ReceiveNotification, type ReceiveNotificationError } from "./receive-notification.ts";
export type {
  NotificationOutcome,
  ReceivedNotification,
  ReceivedNotifications,
} from "./received-notifications.ts";
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
} from "./reconcile.ts";
export {
  type AmountAboveCaptured,
  createRefundId,
  MAXIMUM_REFUND_REASON_LENGTH,
  type PaymentNotRefundable,
  parseRefundId,
  parseRefundReason,
  planRefund,
  type Refund,
  type RefundId,
  type RefundNotFound,
  type RefundReason,
  type RefundStatus,
  type ReportedRefund,
  refundStatus,
  rehydrateRefund,
  type StoredRefund,
} from "./refund.ts";
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
  toReviewDetails,
} from "./review-operation.ts";
export { type NoProcessor, RunOperation } from "./run-operation.ts";
export {
  type Checkout,
  type CheckoutNotFound,
  type CheckoutNotWaiting,
  type CheckoutState,
  CompleteCheckout,
  type TestCheckout,
} from "./test-checkout.ts";
