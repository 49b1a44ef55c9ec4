import { KnexReceivedNotifications } from "@payments/adapters-postgres";
import { StripeNotifications } from "@payments/adapters-stripe";
import { ApplyNotification, OnboardClient, ReceiveNotification } from "@payments/domain";
import { ContainerModule } from "inversify";
import { BackgroundWorker } from "../background/background-worker.ts";
import { notificationsToApply, notificationsToForget } from "../background/notifications-to-apply.ts";
import type { Config } from "../config/sections.ts";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** Whether Stripe charges clients of any mode. */
export const usesStripe = ({ stripe: { secretKeys } }: Config["processors"]): boolean =>
  secretKeys.live !== null || secretKeys.test !== null;

/** Stripe's webhooks. The service loads this module only if it uses Stripe. */
export const stripeModule = new ContainerModule(({ bind }) => {
  bind(T.ReceivedNotifications).toResolvedValue(
    (knex, statistics) => new KnexReceivedNotifications(knex, { statistics }),
    [T.Knex, T.DatabaseStatistics],
  );
  bind(T.ProcessorNotifications).toResolvedValue(
    ({ stripe: { webhookSecrets } }) => new StripeNotifications(webhookSecrets),
    [CONFIG.processors],
  );
  bind(ApplyNotification).toResolvedValue(
    (notifications, received, charges, processors, onboard, clock) =>
      new ApplyNotification(
        notifications,
        received,
        charges,
        processors,
        (mode, account) => onboard.refreshAccount(mode, account),
        clock,
      ),
    [T.ProcessorNotifications, T.ReceivedNotifications, T.ChargeRepository, T.Processors, OnboardClient, T.Clock],
  );
  bind(T.NotificationWorker).toResolvedValue(
    (received, apply, logger) =>
      new BackgroundWorker(notificationsToApply(received, apply, logger), logger) as BackgroundWorker,
    [T.ReceivedNotifications, ApplyNotification, T.Logger],
  );
  bind(T.BackgroundWorker).toResolvedValue((worker) => worker, [T.NotificationWorker]);
  bind(T.BackgroundWorker).toResolvedValue(
    (received, logger) => new BackgroundWorker(notificationsToForget(received), logger) as BackgroundWorker,
    [T.ReceivedNotifications, T.Logger],
  );
  bind(T.NotificationReceiver).toResolvedValue(
    (notifications, received, clock, worker) => ({
      receive: new ReceiveNotification("stripe", notifications, received, clock),
      onStored: () => worker.wake(),
    }),
    [T.ProcessorNotifications, T.ReceivedNotifications, T.Clock, T.NotificationWorker],
  );
});
