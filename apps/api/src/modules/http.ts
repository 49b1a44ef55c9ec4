import { createApp, Metrics } from "@payments/adapters-http";
import { checkReadiness } from "@payments/adapters-postgres";
import {
  CreateClient,
  CreatePayment,
  EndFormerApiKey,
  RevokeApiKey,
  RotateApiKey,
  UpdateClient,
} from "@payments/domain";
import { ContainerModule } from "inversify";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** The routes and their metrics. */
export const httpModule = new ContainerModule(({ bind }) => {
  bind(T.Metrics).toResolvedValue(
    (statistics) => new Metrics({ database: () => statistics.snapshot() }),
    [T.DatabaseStatistics],
  );
  bind(T.HttpApp).toResolvedValue(
    (http, limits, logger, tracing, metrics, knex, admins, apiKeys, usage, quota, clients, payments, ...useCases) => {
      const [createClient, updateClient, rotateApiKey, revokeApiKey, endFormerApiKey, createPayment] = useCases;
      return createApp(
        {
          logger,
          tracing: tracing?.request ?? null,
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
          endFormerApiKey,
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
      EndFormerApiKey,
      CreatePayment,
    ],
  );
});
