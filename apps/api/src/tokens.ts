import type { RequestListener } from "node:http";
import type { Metrics } from "@payments/adapters-http";
import type { DatabaseStatistics, Knex, PostgresApiKeyUsage } from "@payments/adapters-postgres";
import type {
  AdminAuthenticator,
  ApiKeyAuthenticator,
  ApiKeyEncoder,
  ApiKeyGenerator,
  CachedApiKeys,
  ClientRepository,
  Clock,
  CreateClient,
  CreatePayment,
  IdGenerator,
  PaymentRepository,
  RequestQuota,
  RevokeApiKey,
  RotateApiKey,
  UpdateClient,
} from "@payments/domain";
import type { ServiceIdentifier } from "inversify";
import type { Logger } from "pino";
import type { Config } from "./config/sections.ts";
import type { Tracing } from "./tracing/tracing.ts";

/** The cache of authenticated keys, and the authenticator that bypasses it. */
export type CachedAndUncachedApiKeys = CachedApiKeys & { readonly uncached: ApiKeyAuthenticator };

const token = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(name);

/** What the container can be asked for. */
export const TOKENS = {
  Config: token<Config>("Config"),
  Logger: token<Logger>("Logger"),
  Tracing: token<Tracing | null>("Tracing"),
  Clock: token<Clock>("Clock"),
  IdGenerator: token<IdGenerator>("IdGenerator"),
  ApiKeyGenerator: token<ApiKeyGenerator>("ApiKeyGenerator"),
  ApiKeyEncoder: token<ApiKeyEncoder>("ApiKeyEncoder"),
  AdminAuthenticator: token<AdminAuthenticator>("AdminAuthenticator"),
  Knex: token<Knex>("Knex"),
  DatabaseStatistics: token<DatabaseStatistics>("DatabaseStatistics"),
  ClientRepository: token<ClientRepository>("ClientRepository"),
  PaymentRepository: token<PaymentRepository>("PaymentRepository"),
  ApiKeyAuthenticator: token<ApiKeyAuthenticator>("ApiKeyAuthenticator"),
  ApiKeyUsage: token<PostgresApiKeyUsage>("ApiKeyUsage"),
  CachedApiKeyAuthenticator: token<CachedAndUncachedApiKeys>("CachedApiKeyAuthenticator"),
  /** Null: no limit. */
  RequestQuota: token<RequestQuota | null>("RequestQuota"),
  CreateClient: token<CreateClient>("CreateClient"),
  UpdateClient: token<UpdateClient>("UpdateClient"),
  RotateApiKey: token<RotateApiKey>("RotateApiKey"),
  RevokeApiKey: token<RevokeApiKey>("RevokeApiKey"),
  CreatePayment: token<CreatePayment>("CreatePayment"),
  Metrics: token<Metrics>("Metrics"),
  HttpApp: token<{ callback(): RequestListener }>("HttpApp"),
};
