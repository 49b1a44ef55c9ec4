import type { ApplyNotification, ReceivedNotification, ReceivedNotifications } from "@payments/domain";
import { ResultAsync } from "neverthrow";
import type { Logger } from "pino";
import type { BackgroundWork } from "./background-worker.ts";

const LEASE_MS = 60_000;
const KEPT_MS = 30 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;
/** About a minute after the first one. The payment's row may not be visible before. */
const WARN_AT_ATTEMPT = 8;
/** A claim is a commit, so a burst of webhooks is claimed in large batches and leaves time for accepting more. */
const BATCH_SIZE = 128;
/** These share the statements that read and change payments, so they take few of the pool's connections. */
const APPLIED_AT_ONCE = 32;

/** Stored webhooks of a processor, in batches. One that fails is due again: `ApplyNotification` postpones it. */
export const notificationsToApply = (
  received: ReceivedNotifications,
  apply: ApplyNotification,
  logger: Logger,
): BackgroundWork<readonly ReceivedNotification[]> => {
  const applyOne = async (notification: ReceivedNotification): Promise<void> => {
    const { processor, id, attempts } = notification;
    const result = await apply.execute(notification);
    if (result.isErr()) {
      logger.warn(
        { err: result.error, processor, notification: id },
        "a notification was not applied; it is tried again",
      );
    } else if (result.value === "unmatched" && attempts === WARN_AT_ATTEMPT) {
      logger.warn({ processor, notification: id }, "a notification is about no payment or account of this service");
    }
  };
  const applyAll = async (batch: readonly ReceivedNotification[]): Promise<void> => {
    const waiting = batch.values();
    const work = async () => {
      for (const notification of waiting) await applyOne(notification);
    };
    await Promise.all(Array.from({ length: APPLIED_AT_ONCE }, work));
  };
  return {
    name: "notifications",
    concurrency: 1,
    pollMs: 1_000,
    claim: () => received.claim(BATCH_SIZE, LEASE_MS).map((batch) => (batch.length === 0 ? [] : [batch])),
    run: (batch) => ResultAsync.fromSafePromise(applyAll(batch)),
  };
};

/** Removes applied webhooks after 30 days. */
export const notificationsToForget = (received: ReceivedNotifications): BackgroundWork<never> => ({
  name: "old notifications",
  concurrency: 1,
  pollMs: HOUR_MS,
  claim: () => received.forgetFinished(KEPT_MS).map(() => []),
  run: (never) => never,
});
