import type { DeliverWebhooks, EndpointCondition, TurnReport, WebhookDeliveries, WebhookTurn } from "@payments/domain";
import { EVENT_RETENTION_MS, RENEW_LEASES_MS } from "@payments/domain";
import { okAsync } from "neverthrow";
import type { BackgroundWork } from "./background-worker.ts";

/** Bounds the memory of one claim: an endpoint's turn holds up to 128 events. */
const ENDPOINTS_PER_CLAIM = 16;

/**
 * Endpoints with due events. Failing endpoints have their own places, so that many dead receivers, each of which holds
 * its place until the timeout, do not delay healthy ones.
 */
export const webhooksToDeliver = (
  condition: EndpointCondition,
  deliver: DeliverWebhooks,
  onTurn: (report: TurnReport) => void,
): BackgroundWork<WebhookTurn> => ({
  name: `${condition} webhook endpoints`,
  concurrency: condition === "healthy" ? 256 : 64,
  pollMs: 250,
  capacity: () => ENDPOINTS_PER_CLAIM,
  claim: (limit) => deliver.claim(condition, limit),
  run: (turn) => deliver.run(turn).map(onTurn),
});

/** The leases of the endpoints that this process sends to. */
export const leasesToRenew = (deliver: DeliverWebhooks): BackgroundWork<never> => ({
  name: "webhook leases",
  concurrency: 1,
  pollMs: RENEW_LEASES_MS,
  claim: () => deliver.renew().map(() => []),
  run: () => okAsync(),
});

const DELETED_AT_ONCE = 1_000;

/** Deletes deliveries and their attempts after the retention of events. */
export const deliveriesToDelete = (deliveries: WebhookDeliveries): BackgroundWork<number> => ({
  name: "expired webhook deliveries",
  concurrency: 1,
  pollMs: 60_000,
  claim: () =>
    deliveries
      .deleteOlderThan(EVENT_RETENTION_MS, DELETED_AT_ONCE)
      .map((count) => (count < DELETED_AT_ONCE ? [] : [count])),
  run: (count) => okAsync(count),
});
