import type { ApplyNotification, ReceivedNotification, ReceivedNotifications } from "@payments/domain";
import type { Logger } from "pino";
import type { BackgroundWork } from "./background-worker.ts";

const LEASE_MS = 60_000;
const KEPT_MS = 30 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;
/** About a minute after the first one. The payment's row may not be visible before. */
const WARN_AT_ATTEMPT = 8;

/** Stored webhooks of a processor. */
export const notificationsToApply = (
  received: ReceivedNotifications,
  apply: ApplyNotification,
  logger: Logger,
): BackgroundWork<ReceivedNotification> => ({
  name: "notifications",
  concurrency: 16,
  pollMs: 1_000,
  claim: (limit) => received.claim(limit, LEASE_MS),
  run: (notification) =>
    apply.execute(notification).map((outcome) => {
      const { processor, id, attempts } = notification;
      if (outcome === "unmatched" && attempts === WARN_AT_ATTEMPT) {
        logger.warn({ processor, notification: id }, "a notification is about no payment or account of this service");
      }
      return outcome;
    }),
});

/** Removes applied webhooks after 30 days. */
export const notificationsToForget = (received: ReceivedNotifications): BackgroundWork<never> => ({
  name: "old notifications",
  concurrency: 1,
  pollMs: HOUR_MS,
  claim: () => received.forgetFinished(KEPT_MS).map(() => []),
  run: (never) => never,
});
