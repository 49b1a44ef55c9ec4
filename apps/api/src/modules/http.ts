import { AnonymousLimit, createApp, Metrics, type UseCaseClass } from "@payments/adapters-http";
import { checkReadiness } from "@payments/adapters-postgres";
import { ChargePayment, RunOperation } from "@payments/domain";
import { ContainerModule, type Newable } from "inversify";
import { BackgroundWorker } from "../background/background-worker.ts";
import { eventsToDelete } from "../background/events-to-delete.ts";
import { operationsToContinue } from "../background/operations-to-continue.ts";
import { ProcessorObserver } from "../observability/processor-observer.ts";
import { version } from "../version.ts";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** The routes and their metrics. */
export const httpModule = new ContainerModule(({ bind }) => {
  bind(T.Metrics).toResolvedValue(
    (statistics) => new Metrics({ version: version(), database: () => statistics.snapshot() }),
    [T.DatabaseStatistics],
  );
  bind(T.AnonymousLimit).toResolvedValue(
    ({ anonymousRequests, windowSeconds }, logger) =>
      new AnonymousLimit({
        limit: anonymousRequests,
        windowSeconds,
        onLimit: (network) => logger.warn({ network }, "too many requests without a credential"),
      }),
    [CONFIG.limits, T.Logger],
  );
  bind(T.ProcessorObserver).toResolvedValue(
    (metrics, logger) => new ProcessorObserver(metrics, logger),
    [T.Metrics, T.Logger],
  );
  for (const mode of ["live", "test"] as const) {
    bind(T.BackgroundWorker).toResolvedValue(
      (charges, run, processors, logger) =>
        new BackgroundWorker(operationsToContinue(mode, charges, run, processors[mode]), logger),
      [T.ChargeRepository, RunOperation, T.Processors, T.Logger],
    );
  }
  bind(T.BackgroundWorker).toResolvedValue(
    (knex, logger) => new BackgroundWorker(eventsToDelete(knex), logger),
    [T.Knex, T.Logger],
  );
  // Resolved by name: a list of identifiers would name each dependency twice.
  bind(T.HttpApp).toDynamicValue((context) => {
    const http = context.get(CONFIG.http);
    const { failedAuthentications, windowSeconds } = context.get(CONFIG.limits);
    const cachedApiKeys = context.get(T.CachedApiKeyAuthenticator);
    const knex = context.get(T.Knex);
    return createApp(
      {
        logger: context.get(T.Logger),
        tracing: context.get(T.Tracing)?.request ?? null,
        metrics: context.get(T.Metrics),
        anonymous: context.get(T.AnonymousLimit),
        checkReadiness: () => checkReadiness(knex),
        admins: context.get(T.AdminAuthenticator),
        apiKeys: cachedApiKeys.uncached,
        cachedApiKeys,
        apiKeyUsage: context.get(T.ApiKeyUsage),
        requestQuota: context.get(T.RequestQuota),
        signingKeys: context.get(T.SigningKeys),
        auditLog: context.get(T.AuditLog),
        clients: context.get(T.ClientRepository),
        payments: context.get(T.PaymentRepository),
        chargePayment: context.get(ChargePayment),
        charges: context.get(T.ChargeRepository),
        events: context.get(T.EventFeed),
        disputes: context.get(T.DisputeRepository),
        webhooks: {
          endpoints: context.get(T.WebhookEndpointRepository),
          deliveries: context.get(T.WebhookDeliveries),
          wake: () => {
            for (const worker of context.get(T.WebhookWorkers)) worker.wake();
          },
        },
        processorAnswerMs: http.processorAnswerMs,
        notificationReceivers: context.getAll(T.NotificationReceiver),
        resolveUseCase: <UseCase>(useCase: UseCaseClass<UseCase>) => context.get(useCase as Newable<UseCase>),
      },
      {
        ...http,
        metricsRoute: http.metricsPort === null,
        failedAuthentications: { limit: failedAuthentications, windowSeconds },
      },
    );
  });
});
