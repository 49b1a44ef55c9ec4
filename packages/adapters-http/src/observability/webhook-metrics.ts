import { Counter, Histogram, type Registry } from "prom-client";
import { exposeBacklog } from "./backlog-gauges.ts";

/** Read on a scrape. */
export interface WebhookBacklog {
  /** How long the most overdue attempt waits; 0: none. Events without a delivery count too. */
  readonly oldestDueSeconds: number;
  readonly disabledEndpoints: number;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** `given-up`: the last attempt of the schedule failed. */
export type WebhookAttemptOutcome = "succeeded" | "failed" | "given-up";

/** Metrics of the deliveries of events. */
export class WebhookMetrics {
  readonly #registry: Registry;
  readonly #attempts: Counter;
  readonly #durations: Histogram;
  readonly #disabled: Counter;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#attempts = new Counter({
      name: "webhook_attempts_total",
      help: "Attempts to deliver an event",
      labelNames: ["outcome"],
      registers,
    });
    this.#durations = new Histogram({
      name: "webhook_attempt_duration_seconds",
      help: "Time from an attempt's start to its response or failure",
      buckets: SECONDS,
      registers,
    });
    this.#disabled = new Counter({
      name: "webhook_endpoints_disabled_total",
      help: "Webhook endpoints disabled by the service",
      labelNames: ["reason"],
      registers,
    });
    // Prometheus computes an increase from an earlier sample, so every series starts at 0.
    for (const outcome of ["succeeded", "failed", "given-up"]) this.#attempts.inc({ outcome }, 0);
    for (const reason of ["gone", "failing"]) this.#disabled.inc({ reason }, 0);
  }

  attempted(outcome: WebhookAttemptOutcome, durationMs: number): void {
    this.#attempts.inc({ outcome });
    this.#durations.observe(durationMs / 1_000);
  }

  disabled(reason: "gone" | "failing"): void {
    this.#disabled.inc({ reason });
  }

  exposeBacklog(read: () => Promise<WebhookBacklog>): void {
    const descriptions = {
      oldestDueSeconds: {
        name: "webhook_oldest_due_seconds",
        help: "How long the most overdue delivery waits for its attempt",
      },
      disabledEndpoints: { name: "webhook_endpoints_disabled", help: "Webhook endpoints that are disabled" },
    };
    exposeBacklog(this.#registry, descriptions, read);
  }
}
