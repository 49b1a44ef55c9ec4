export type { Knex } from "knex";
export {
  type BackfillOptions,
  backfillApiKeys,
  countClientsWithoutKey,
  type IssuedApiKey,
} from "./backfill-api-keys.ts";
export type { QueueStatistics } from "./coalescer.ts";
export { countPayments } from "./count-payments.ts";
export { countUndigestedApiKeys } from "./count-undigested-api-keys.ts";
export { createKnex, type KnexOptions } from "./create-knex.ts";
export { type DatabaseUrl, parseDatabaseUrl } from "./database-url.ts";
export { type DatabaseStatistics, DatabaseWatch, type ErrorClass } from "./database-watch.ts";
export { type DigestOptions, digestApiKeys } from "./digest-api-keys.ts";
export { type DatabaseInspection, inspectDatabase } from "./inspect-database.ts";
export { KnexClientRepository } from "./knex-client-repository.ts";
export { KnexPaymentRepository, type KnexPaymentRepositoryOptions } from "./knex-payment-repository.ts";
export { type MigrationStatus, migrate, migrationStatus } from "./migrate.ts";
export { NotSentError } from "./not-sent-error.ts";
export {
  PostgresApiKeyAuthenticator,
  type PostgresApiKeyAuthenticatorOptions,
} from "./postgres-api-key-authenticator.ts";
export { PostgresApiKeyUsage, type PostgresApiKeyUsageOptions } from "./postgres-api-key-usage.ts";
export { PostgresError } from "./postgres-error.ts";
export { type LeaseOutcome, PostgresRequestQuota, type PostgresRequestQuotaOptions } from "./postgres-request-quota.ts";
export { grantRuntimeRights, inspectRuntimeRights, type RuntimeRights, RuntimeRoleUnfit } from "./runtime-rights.ts";
export { type NotReady, whyNotReady } from "./why-not-ready.ts";
