import type { Metrics } from "@payments/adapters-http";
import { isSuccess, type TurnReport } from "@payments/domain";
import type { Logger } from "pino";

/** Counts attempts of deliveries, and reports endpoints that are disabled. */
export class WebhookObserver {
  readonly #metrics: Metrics;
  readonly #logger: Logger;

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  readonly turned = ({ turn: { endpoint }, result: { attempted, disable } }: TurnReport): void => {
    for (const { attempt, next } of attempted) {
      const outcome = isSuccess(attempt.outcome) ? "succeeded" : next.state === "failed" ? "given-up" : "failed";
      this.#metrics.webhooks.attempted(outcome, attempt.durationMs);
    }
    if (disable === null) return;
    this.#metrics.webhooks.disabled(disable.reason);
    // The URL is left out: its path may hold a secret.
    const line = { event: "webhook-endpoint-disabled", clientId: endpoint.clientId, endpointId: endpoint.id };
    this.#logger.warn({ ...line, reason: disable.reason }, "a webhook endpoint was disabled");
  };
}
