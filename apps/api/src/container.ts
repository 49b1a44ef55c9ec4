import { CsprngApiKeyGenerator, JwtAdminAuthenticator, UuidV7Generator } from "@payments/adapters-crypto";
import { CachedApiKeyAuthenticator, createApp, Metrics } from "@payments/adapters-http";
import {
  checkReadiness,
  createKnex,
  DatabaseStatistics,
  KnexClientRepository,
  KnexPaymentRepository,
  PostgresApiKeyAuthenticator,
  PostgresApiKeyUsage,
  PostgresRequestQuota,
} from "@payments/adapters-postgres";
import { CreateClient, CreatePayment, RevokeApiKey, RotateApiKey, UpdateClient } from "@payments/domain";
import { Container, ContainerModule } from "inversify";
import type { Logger } from "pino";
import { apiKeyEncoderFor } from "./api-key-encoder.ts";
import type { Config } from "./config/sections.ts";
import { TOKENS as T } from "./tokens.ts";
import { tracedAuthenticator, tracedCache, tracedPayments } from "./tracing/traced-ports.ts";
import type { Tracing } from "./tracing/tracing.ts";

const world = (config: Config, logger: Logger, tracing: Tracing | null) =>
  new ContainerModule(({ bind }) => {
    bind(T.Config).toConstantValue(config);
    bind(T.Logger).toConstantValue(logger);
    bind(T.Tracing).toConstantValue(tracing);
    bind(T.Clock).toConstantValue({ now: () => new Date() });
  });

const crypto = new ContainerModule(({ bind }) => {
  bind(T.IdGenerator)
    .toResolvedValue(() => new UuidV7Generator(), [])
    .inSingletonScope();
  bind(T.ApiKeyGenerator)
    .toResolvedValue(({ apiKeys }) => new CsprngApiKeyGenerator(apiKeys.prefix), [T.Config])
    .inSingletonScope();
  bind(T.ApiKeyEncoder)
    .toResolvedValue(({ apiKeys }) => apiKeyEncoderFor(apiKeys), [T.Config])
    .inSingletonScope();
  bind(T.AdminAuthenticator)
    .toResolvedValue(
      ({ adminTokens }, clock) => new JwtAdminAuthenticator({ ...adminTokens, clock }),
      [T.Config, T.Clock],
    )
    .inSingletonScope();
});

const postgres = new ContainerModule(({ bind }) => {
  bind(T.Knex)
    .toResolvedValue(({ database }) => createKnex({ ...database, applicationName: "payments-api" }), [T.Config])
    .inSingletonScope()
    .onDeactivation((knex) => knex.destroy());
  bind(T.DatabaseStatistics)
    .toResolvedValue((knex) => new DatabaseStatistics(knex), [T.Knex])
    .inSingletonScope();
  bind(T.ClientRepository)
    .toResolvedValue((knex, encoder) => new KnexClientRepository(knex, encoder), [T.Knex, T.ApiKeyEncoder])
    .inSingletonScope();
  bind(T.PaymentRepository)
    .toResolvedValue(
      (knex, statistics) => new KnexPaymentRepository(knex, { statistics }),
      [T.Knex, T.DatabaseStatistics],
    )
    .inSingletonScope();
  bind(T.ApiKeyAuthenticator)
    .toResolvedValue(
      (knex, encoder, statistics) => new PostgresApiKeyAuthenticator(knex, encoder, { statistics }),
      [T.Knex, T.ApiKeyEncoder, T.DatabaseStatistics],
    )
    .inSingletonScope();
  bind(T.ApiKeyUsage)
    .toResolvedValue(
      (knex, logger) =>
        new PostgresApiKeyUsage(knex, {
          onError: (err) => logger.warn({ err }, "the use of keys could not be written; it is kept and tried again"),
        }),
      [T.Knex, T.Logger],
    )
    .inSingletonScope();
  bind(T.RequestQuota)
    .toResolvedValue(
      ({ limits }, knex, statistics, metrics, logger) =>
        limits.clientRequests === 0
          ? null
          : new PostgresRequestQuota(knex, {
              limit: limits.clientRequests,
              windowSeconds: limits.windowSeconds,
              statistics,
              onLease: (outcome, err) => {
                metrics.leased(outcome);
                if (outcome === "failed") logger.warn({ err }, "no lease of a quota: this process counts by itself");
              },
            }),
      [T.Config, T.Knex, T.DatabaseStatistics, T.Metrics, T.Logger],
    )
    .inSingletonScope();
  bind(T.CachedApiKeyAuthenticator)
    .toResolvedValue(
      (authenticator, encoder, clock) => new CachedApiKeyAuthenticator(authenticator, encoder, clock),
      [T.ApiKeyAuthenticator, T.ApiKeyEncoder, T.Clock],
    )
    .inSingletonScope();
});

const useCases = new ContainerModule(({ bind }) => {
  bind(T.CreateClient)
    .toResolvedValue(
      (clients, keys, ids, clock) => new CreateClient(clients, keys, ids, clock),
      [T.ClientRepository, T.ApiKeyGenerator, T.IdGenerator, T.Clock],
    )
    .inSingletonScope();
  bind(T.UpdateClient)
    .toResolvedValue((clients, clock) => new UpdateClient(clients, clock), [T.ClientRepository, T.Clock])
    .inSingletonScope();
  bind(T.RotateApiKey)
    .toResolvedValue(
      (clients, keys, clock) => new RotateApiKey(clients, keys, clock),
      [T.ClientRepository, T.ApiKeyGenerator, T.Clock],
    )
    .inSingletonScope();
  bind(T.RevokeApiKey)
    .toResolvedValue((clients, clock) => new RevokeApiKey(clients, clock), [T.ClientRepository, T.Clock])
    .inSingletonScope();
  bind(T.CreatePayment)
    .toResolvedValue(
      (payments, ids, clock) => new CreatePayment(payments, ids, clock),
      [T.PaymentRepository, T.IdGenerator, T.Clock],
    )
    .inSingletonScope();
});

const http = new ContainerModule(({ bind }) => {
  bind(T.Metrics)
    .toResolvedValue((statistics) => new Metrics({ database: () => statistics.snapshot() }), [T.DatabaseStatistics])
    .inSingletonScope();
  bind(T.HttpApp)
    .toResolvedValue(
      (
        config,
        logger,
        tracing,
        metrics,
        knex,
        admins,
        cachedApiKeys,
        apiKeyUsage,
        requestQuota,
        clients,
        payments,
        ...useCases
      ) => {
        const [createClient, updateClient, rotateApiKey, revokeApiKey, createPayment] = useCases;
        return createApp(
          {
            logger,
            around: tracing?.request ?? null,
            metrics,
            checkReadiness: () => checkReadiness(knex),
            admins,
            apiKeys: cachedApiKeys.uncached,
            cachedApiKeys,
            apiKeyUsage,
            requestQuota,
            clients,
            payments,
            createClient,
            updateClient,
            rotateApiKey,
            revokeApiKey,
            createPayment,
          },
          {
            ...config.http,
            metricsRoute: config.http.metricsPort === null,
            anonymousRequests: { limit: config.limits.anonymousRequests, windowSeconds: config.limits.windowSeconds },
            failedAuthentications: {
              limit: config.limits.failedAuthentications,
              windowSeconds: config.limits.windowSeconds,
            },
          },
        );
      },
      [
        T.Config,
        T.Logger,
        T.Tracing,
        T.Metrics,
        T.Knex,
        T.AdminAuthenticator,
        T.CachedApiKeyAuthenticator,
        T.ApiKeyUsage,
        T.RequestQuota,
        T.ClientRepository,
        T.PaymentRepository,
        T.CreateClient,
        T.UpdateClient,
        T.RotateApiKey,
        T.RevokeApiKey,
        T.CreatePayment,
      ],
    )
    .inSingletonScope();
});

/** Spans of what a request waits for. */
const trace = (container: Container, tracing: Tracing): void => {
  container.onActivation(T.ApiKeyAuthenticator, (_, it) => tracedAuthenticator(it, "look up API key", tracing));
  container.onActivation(T.CachedApiKeyAuthenticator, (_, it) => tracedCache(it, tracing));
  container.onActivation(T.PaymentRepository, (_, it) => tracedPayments(it, tracing));
};

/** The whole application, wired. Nothing is connected before something is asked for. */
export const buildContainer = (config: Config, logger: Logger, tracing: Tracing | null = null): Container => {
  const container = new Container();
  container.load(world(config, logger, tracing), crypto, postgres, useCases, http);
  if (tracing !== null) trace(container, tracing);
  return container;
};
