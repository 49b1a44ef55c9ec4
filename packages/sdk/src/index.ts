export { ApiPromise, type ResponseInfo, type WithResponse } from "./api-promise.ts";
export type { ConnectionOptions } from "./connection.ts";
export { isProblem, NoResponseError, PaymentsError, ProblemError } from "./errors.ts";
export { List, type Page } from "./list.ts";
export {
  type CreateClientOptions,
  PaymentsAdmin,
  type PaymentsAdminOptions,
  type RotateApiKeyOptions,
} from "./payments-admin.ts";
export {
  type ChangePaymentOptions,
  type CreatePaymentOptions,
  PaymentsClient,
  type PaymentsClientOptions,
} from "./payments-client.ts";
export type {
  AuditEvent,
  CaptureRequest,
  Client,
  ClientChanges,
  ClientDetails,
  CreatedClient,
  Dispute,
  DisputeStatus,
  FeedQuery,
  Me,
  NewClient,
  NewPayment,
  NewRefund,
  NewWebhookEndpoint,
  OnboardingLink,
  PageQuery,
  Payment,
  PaymentStatus,
  PaymentsEvent,
  PaymentsQuery,
  Problem,
  ProblemCode,
  Receipt,
  Refund,
  RefundStatus,
  RotatedApiKey,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChanges,
  WebhookEndpointWithSecret,
} from "./routes.ts";
export type { CallOptions } from "./transport.ts";
export {
  verifyWebhook,
  type WebhookEvent,
  type WebhookHeaders,
  WebhookVerificationError,
} from "./verify-webhook.ts";
export type { RotateWebhookSecretOptions } from "./webhook-endpoints.ts";
