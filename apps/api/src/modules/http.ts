import { JwtAdminAuthenticator } from "@payments/adapters-crypto";
import { createApp, Metrics } from "@payments/adapters-http";
import { checkReadiness, PostgresRequestQuota } from "@payments/adapters-postgres";
import { CreateClient, CreatePayment, RevokeApiKey, RotateApiKey, UpdateClient } from "@payments/domain";
import { ContainerModule } from "inversify";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** What only a service needs: the routes, and what guards and measures them. */
export const httpModule = new ContainerModule(({ bind }) => {
  bind(T.AdminAuthenticator).toResolvedValue(
    (adminTokens, clock) => new JwtAdminAuthenticator({ ...adminTokens, clock }),
    [CONFIG.adminTokens, T.Clock],
  );
  bind(T.Metrics).toResolvedValue(
    (statistics) => new Metrics({ database: () => statistics.snapshot() }),
    [T.DatabaseStatistics],
  );
  bind(T.RequestQuota).toResolvedValue(
    ({ clientRequests, windowSeconds }, knex, statistics, metrics, logger) =>
      clientRequests === 0
        ? null
        : new PostgresRequestQuota(knex, {
            limit: clientRequests,
            windowSeconds,
            statistics,
            onLease: (outcome, err) => {
              metrics.leased(outcome);
              if (outcome === "failed") logger.warn({ err }, "no quota lease: this process counts by itself");
            },
          }),
    [CONFIG.limits, T.Knex, T.DatabaseStatistics, T.Metrics, T.Logger],
  );
  bind(T.HttpApp).toResolvedValue(
    (http, limits, logger, tracing, metrics, knex, admins, apiKeys, usage, quota, clients, payments, ...useCases) => {
      const [createClient, updateClient, rotateApiKey, revokeApiKey, createPayment] = useCases;
      return createApp(
        {
          logger,
          around: tracing?.request ?? null,
          metrics,
          checkReadiness: () => checkReadiness(knex),
          admins,
          apiKeys: apiKeys.uncached,
          cachedApiKeys: apiKeys,
          apiKeyUsage: usage,
          requestQuota: quota,
          clients,
          payments,
          createClient,
          updateClient,
          rotateApiKey,
          revokeApiKey,
          createPayment,
        },
        {
          ...http,
          metricsRoute: http.metricsPort === null,
          anonymousRequests: { limit: limits.anonymousRequests, windowSeconds: limits.windowSeconds },
          failedAuthentications: { limit: limits.failedAuthentications, windowSeconds: limits.windowSeconds },
        },
      );
    },
    [
      CONFIG.http,
      CONFIG.limits,
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
      CreateClient,
      UpdateClient,
      RotateApiKey,
      RevokeApiKey,
      CreatePayment,
    ],
  );
});
