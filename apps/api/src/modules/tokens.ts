import type { RequestListener } from "node:http";
import type {
  AdminAuthenticator,
  AnonymousLimit,
  CachedApiKeys,
  Metrics,
  NotificationReceiver,
} from "@payments/adapters-http";
import type { DatabaseStatistics, Knex, KnexOptions, PostgresApiKeyUsage } from "@payments/adapters-postgres";
import type { UndiciWebhookSender } from "@payments/adapters-webhooks";
import type {
  ApiKeyAuthenticator,
  ApiKeyEncoder,
  ApiKeyGenerator,
  AuditLog,
  BalanceTransactionsByMode,
  ChargeRepository,
  ClientRepository,
  Clock,
  DisputeRepository,
  EventFeed,
  IdGenerator,
  IsolatedProcessor,
  OperationReviews,
  PaymentRepository,
  ProcessorNotifications,
  ReceiptSigner,
  ReceivedNotifications,
  RecordedMovements,
  RequestQuota,
  SecretCipher,
  SigningKeys,
  TestCheckout,
  WebhookDeliveries,
  WebhookEndpointRepository,
} from "@payments/domain";
import type { ServiceIdentifier } from "inversify";
import type { Logger } from "pino";
import type { BackgroundWorker } from "../background/background-worker.ts";
import type { Config } from "../config/sections.ts";
import type { ProcessorObserver } from "../observability/processor-observer.ts";
import type { Tracing } from "../observability/tracing.ts";

/** The cached authenticator, and the one that always queries the database. */
export type CachedAndUncachedApiKeys = CachedApiKeys & { readonly uncached: ApiKeyAuthenticator };

/** The URL of the API for browsers. A service that has no `PUBLIC_URL` knows it when it listens. */
export interface PublicUrl {
  value: string;
}

/** The processors of both modes. Null: no processor charges payments of this mode. */
export interface IsolatedProcessors {
  readonly live: IsolatedProcessor<"live"> | null;
  readonly test: IsolatedProcessor<"test"> | null;
}

const token = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(name);

/** One token for each section of the configuration: a command reads only the sections that it needs. */
export const CONFIG: { readonly [Name in keyof Config]: ServiceIdentifier<Config[Name]> } = {
  http: token("Config.http"),
  database: token("Config.database"),
  apiKeys: token("Config.apiKeys"),
  adminTokens: token("Config.adminTokens"),
  encryption: token("Config.encryption"),
  processors: token("Config.processors"),
  webhooks: token("Config.webhooks"),
  limits: token("Config.limits"),
  logging: token("Config.logging"),
  tracing: token("Config.tracing"),
};

/** Tokens of ports, adapters and values. A use case needs none: its class is its service identifier. */
export const TOKENS = {
  Connection: token<KnexOptions>("Connection"),
  Logger: token<Logger>("Logger"),
  Tracing: token<Tracing | null>("Tracing"),
  BalanceTransactions: token<BalanceTransactionsByMode>("BalanceTransactions"),
  RecordedMovements: token<RecordedMovements>("RecordedMovements"),
  OperationReviews: token<OperationReviews>("OperationReviews"),
  PublicUrl: token<PublicUrl>("PublicUrl"),
  Clock: token<Clock>("Clock"),
  IdGenerator: token<IdGenerator>("IdGenerator"),
  EventFeed: token<EventFeed>("EventFeed"),
  WebhookEndpointRepository: token<WebhookEndpointRepository>("WebhookEndpointRepository"),
  WebhookDeliveries: token<WebhookDeliveries>("WebhookDeliveries"),
  WebhookSender: token<UndiciWebhookSender>("WebhookSender"),
  /** One worker for healthy endpoints, one for failing ones. */
  WebhookWorkers: token<readonly BackgroundWorker[]>("WebhookWorkers"),
  /** Null: no key is configured. */
  SecretCipher: token<SecretCipher | null>("SecretCipher"),
  Knex: token<Knex>("Knex"),
  DatabaseStatistics: token<DatabaseStatistics>("DatabaseStatistics"),
  ApiKeyGenerator: token<ApiKeyGenerator>("ApiKeyGenerator"),
  ApiKeyEncoder: token<ApiKeyEncoder>("ApiKeyEncoder"),
  ApiKeyAuthenticator: token<ApiKeyAuthenticator>("ApiKeyAuthenticator"),
  CachedApiKeyAuthenticator: token<CachedAndUncachedApiKeys>("CachedApiKeyAuthenticator"),
  ApiKeyUsage: token<PostgresApiKeyUsage>("ApiKeyUsage"),
  SigningKeys: token<SigningKeys>("SigningKeys"),
  ReceiptSigner: token<ReceiptSigner>("ReceiptSigner"),
  AuditLog: token<AuditLog>("AuditLog"),
  ClientRepository: token<ClientRepository>("ClientRepository"),
  DisputeRepository: token<DisputeRepository>("DisputeRepository"),
  ChargeRepository: token<ChargeRepository>("ChargeRepository"),
  Processors: token<IsolatedProcessors>("Processors"),
  /** Null: the processor of test clients has its own pages for payers. */
  TestCheckout: token<TestCheckout | null>("TestCheckout"),
  ProcessorNotifications: token<ProcessorNotifications>("ProcessorNotifications"),
  ReceivedNotifications: token<ReceivedNotifications>("ReceivedNotifications"),
  /** The receiver wakes it. */
  NotificationWorker: token<BackgroundWorker>("NotificationWorker"),
  /** One for each processor that sends webhooks. */
  NotificationReceiver: token<NotificationReceiver>("NotificationReceiver"),
  PaymentRepository: token<PaymentRepository>("PaymentRepository"),
  /** Null: no limit. */
  RequestQuota: token<RequestQuota | null>("RequestQuota"),
  AdminAuthenticator: token<AdminAuthenticator>("AdminAuthenticator"),
  /** One for each kind of background work. */
  BackgroundWorker: token<BackgroundWorker>("BackgroundWorker"),
  AnonymousLimit: token<AnonymousLimit>("AnonymousLimit"),
  Metrics: token<Metrics>("Metrics"),
  /** Bound in the service only: a command has no metrics. */
  ProcessorObserver: token<ProcessorObserver>("ProcessorObserver"),
  HttpApp: token<{ callback(): RequestListener }>("HttpApp"),
};
