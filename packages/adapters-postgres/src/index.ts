export type { Knex } from "knex";
export { appendAuditEvents, type NewAuditEvent } from "./audit/audit-statement.ts";
export { KnexAuditLog } from "./audit/knex-audit-log.ts";
export { type AuditFault, type AuditVerification, verifyAuditTrail } from "./audit/verify-audit-trail.ts";
export { KnexClientRepository } from "./clients/knex-client-repository.ts";
export { KnexOnboardingTokens } from "./clients/knex-onboarding-tokens.ts";
export {
  PostgresApiKeyAuthenticator,
  type PostgresApiKeyAuthenticatorOptions,
} from "./clients/postgres-api-key-authenticator.ts";
export { PostgresApiKeyUsage, type PostgresApiKeyUsageOptions } from "./clients/postgres-api-key-usage.ts";
export { BucketMismatch, bucketOf, checkBuckets } from "./connection/client-bucket.ts";
export type { QueueStatistics } from "./connection/coalescer.ts";
export { Coalescer, NotSentError } from "./connection/coalescer.ts";
export { createKnex, type KnexOptions } from "./connection/create-knex.ts";
export { type DatabaseSnapshot, DatabaseStatistics, type ErrorClass } from "./connection/database-statistics.ts";
export { type DatabaseUrl, parseDatabaseUrl } from "./connection/database-url.ts";
export { PostgresError } from "./connection/postgres-error.ts";
export { keepEventPositions } from "./events/event-positions.ts";
export { deleteEventsOlderThan } from "./events/expired-events.ts";
export { KnexEventFeed, type KnexEventFeedOptions } from "./events/knex-event-feed.ts";
export { KnexWebhookDeliveries } from "./events/knex-webhook-deliveries.ts";
export { KnexWebhookEndpointRepository } from "./events/knex-webhook-endpoint-repository.ts";
export { readWebhookBacklog, type WebhookBacklog } from "./events/read-webhook-backlog.ts";
export {
  type BackfillOptions,
  backfillApiKeys,
  countClientsWithoutKey,
  countRevokedClients,
  type IssuedApiKey,
} from "./maintenance/backfill-api-keys.ts";
export { checkReadiness, type NotReady } from "./maintenance/check-readiness.ts";
export { countUndigestedApiKeys, type DigestOptions, digestApiKeys } from "./maintenance/digest-api-keys.ts";
export {
  type ClientActive,
  type ErasedClient,
  type EraseNotAllowed,
  type EraseOptions,
  eraseClient,
} from "./maintenance/erase-client.ts";
export { type DatabaseInspection, inspectDatabase, readEncoding } from "./maintenance/inspect-database.ts";
export {
  grantRuntimeRights,
  inspectRuntimeRights,
  type RuntimeRights,
  RuntimeRoleUnfit,
} from "./maintenance/runtime-rights.ts";
export { type MigrationStatus, migrate, migrationStatus } from "./migrations/migrate.ts";
export { KnexChargeRepository, type KnexChargeRepositoryOptions } from "./payments/knex-charge-repository.ts";
export { KnexDisputeRepository } from "./payments/knex-dispute-repository.ts";
export {
  KnexOperationReviews,
  type OperationBacklog,
  readOperationBacklog,
} from "./payments/knex-operation-reviews.ts";
export {
  countPayments,
  KnexPaymentRepository,
  type KnexPaymentRepositoryOptions,
} from "./payments/knex-payment-repository.ts";
export { KnexReceivedNotifications } from "./payments/knex-received-notifications.ts";
export { KnexRecordedMovements } from "./payments/knex-recorded-movements.ts";
export {
  type LeaseOutcome,
  PostgresRequestQuota,
  type PostgresRequestQuotaOptions,
} from "./quotas/postgres-request-quota.ts";
export { KnexSigningKeys } from "./receipts/knex-signing-keys.ts";
