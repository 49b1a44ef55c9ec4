import { CsprngWebhookSecretGenerator } from "@payments/adapters-crypto";
import { UndiciWebhookSender } from "@payments/adapters-webhooks";
import { DeliverWebhooks, type EndpointCondition, ManageWebhookEndpoints, type TurnReport } from "@payments/domain";
import { ContainerModule } from "inversify";
import { AttemptPace } from "../background/attempt-pace.ts";
import { BackgroundWorker } from "../background/background-worker.ts";
import { deliveriesToDelete, leasesToRenew, webhooksToDeliver } from "../background/webhooks-to-deliver.ts";
import { WebhookObserver } from "../observability/webhook-observer.ts";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** Sends webhooks and manages their endpoints. Only the service loads this module. */
export const webhooksModule = new ContainerModule(({ bind }) => {
  bind(T.WebhookSender)
    .toResolvedValue(
      (options, logger) => {
        const line = { event: "webhook-address-refused" };
        const message = "a webhook was not sent: its host has an address that webhooks must not reach";
        return new UndiciWebhookSender({ ...options, onRefused: (host) => logger.warn({ ...line, host }, message) });
      },
      [CONFIG.webhooks, T.Logger],
    )
    .onDeactivation((sender) => sender.close());
  bind(ManageWebhookEndpoints).toResolvedValue(
    (endpoints, deliveries, sender, cipher, ids, clock) =>
      new ManageWebhookEndpoints(endpoints, deliveries, sender, new CsprngWebhookSecretGenerator(), cipher, ids, clock),
    [T.WebhookEndpointRepository, T.WebhookDeliveries, T.WebhookSender, T.SecretCipher, T.IdGenerator, T.Clock],
  );
  bind(DeliverWebhooks).toResolvedValue(
    (deliveries, sender, cipher, ids, clock, metrics) => {
      const pace = new AttemptPace(() => metrics.responses);
      const stopwatchMs = () => performance.now();
      return new DeliverWebhooks(deliveries, sender, cipher, ids, clock, Math.random, stopwatchMs, () => pace.next());
    },
    [T.WebhookDeliveries, T.WebhookSender, T.SecretCipher, T.IdGenerator, T.Clock, T.Metrics],
  );
  bind(T.WebhookWorkers).toResolvedValue(
    (deliver, metrics, logger) => {
      const observer = new WebhookObserver(metrics, logger);
      const onTurn = (report: TurnReport): void => {
        observer.turned(report);
        if (report.hasMore) workers[report.result.condition === "failing" ? 1 : 0].wake();
      };
      const workerFor = (condition: EndpointCondition): BackgroundWorker =>
        new BackgroundWorker(webhooksToDeliver(condition, deliver, onTurn), logger);
      const workers = [workerFor("healthy"), workerFor("failing")] as const;
      return workers;
    },
    [DeliverWebhooks, T.Metrics, T.Logger],
  );
  for (const index of [0, 1]) {
    bind(T.BackgroundWorker).toResolvedValue((workers) => workers[index] as BackgroundWorker, [T.WebhookWorkers]);
  }
  bind(T.BackgroundWorker).toResolvedValue(
    (deliver, logger) => new BackgroundWorker(leasesToRenew(deliver), logger),
    [DeliverWebhooks, T.Logger],
  );
  bind(T.BackgroundWorker).toResolvedValue(
    (deliveries, logger) => new BackgroundWorker(deliveriesToDelete(deliveries), logger),
    [T.WebhookDeliveries, T.Logger],
  );
});
