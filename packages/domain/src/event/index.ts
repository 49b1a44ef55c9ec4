export { type ChargeChange, changeOf, creationOf } from "./charge-change.ts";
export { CONNECTIONS_PER_ENDPOINT, DeliverWebhooks, RENEW_LEASES_MS, type TurnReport } from "./deliver-webhooks.ts";
export {
  ATTEMPT_DELAYS_MS,
  DISABLE_AFTER_MS,
  disabledBy,
  isSuccess,
  MAXIMUM_RETRY_AFTER_MS,
  nextAfter,
} from "./delivery-schedule.ts";
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
} from "./event.ts";
export {
  EVENT_RETENTION_MS,
  type EventCursor,
  type EventCursorText,
  type EventCursorUnknown,
  type EventFeed,
  type EventPage,
  type PaymentEventPage,
  parseEventCursor,
  parseEventSequence,
  toEventCursorText,
} from "./event-feed.ts";
export {
  type EncryptionNotConfigured,
  type EndpointWithSecret,
  ManageWebhookEndpoints,
  type ReplayTimeRefused,
  type WebhookUrlRefused,
} from "./manage-webhook-endpoints.ts";
export type {
  AttemptedDelivery,
  DueDelivery,
  EndpointCondition,
  TurnResult,
  WebhookDeliveries,
  WebhookTurn,
} from "./webhook-deliveries.ts";
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
} from "./webhook-delivery.ts";
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
} from "./webhook-endpoint.ts";
export type { WebhookEndpointChanges, WebhookEndpointRepository } from "./webhook-endpoint-repository.ts";
export {
  ATTEMPT_TIMEOUT_MS,
  type WebhookRequest,
  type WebhookSecretGenerator,
  type WebhookSender,
} from "./webhook-sender.ts";
