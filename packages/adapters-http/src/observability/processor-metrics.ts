import type { BreakerState, CallOutcome, DiscrepancyReason, ProcessorCall, ProcessorStatus } from "@payments/domain";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { exposeBacklog } from "./backlog-gauges.ts";

/** Read on a scrape. */
export interface OperationBacklog {
  /** The age of the oldest operation without evidence from the processor; 0: none. */
  readonly oldestUnresolvedSeconds: number;
  readonly needingReview: number;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

const KINDS: readonly ProcessorCall["kind"][] = ["authorize", "capture", "cancel", "refund", "retrieve"];
const OUTCOMES: readonly CallOutcome[] = [
  "succeeded",
  "declined",
  "pending",
  "retrieved",
  "not-found",
  "not-sent",
  "refused",
  "rate-limited",
  "outcome-unknown",
  "deferred",
];
const REASONS: readonly DiscrepancyReason[] = [
  "wrong-mode",
  "wrong-account",
  "wrong-currency",
  "wrong-amount",
  "contradicted",
  "above-payment",
  "above-authorized",
  "above-captured",
];
const BREAKER_STATES: readonly BreakerState[] = ["closed", "open", "half-open"];

/** Metrics of the calls of processors and of the operations that they are for. */
export class ProcessorMetrics {
  readonly #registry: Registry;
  readonly #operations: Counter;
  readonly #durations: Histogram;
  readonly #discrepancies: Counter;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#operations = new Counter({
      name: "payment_operations_total",
      help: "Attempts of operations at a processor",
      labelNames: ["processor", "mode", "kind", "outcome"],
      registers,
    });
    this.#durations = new Histogram({
      name: "processor_call_duration_seconds",
      help: "Time from a call of a processor to its answer",
      labelNames: ["processor", "mode", "kind"],
      buckets: SECONDS,
      registers,
    });
    this.#discrepancies = new Counter({
      name: "payment_discrepancies_total",
      help: "Reports of a processor that contradict a payment",
      labelNames: ["reason"],
      registers,
    });
    // Prometheus computes an increase from an earlier sample, so every series starts at 0.
    for (const reason of REASONS) this.#discrepancies.inc({ reason }, 0);
  }

  called({ processor, mode, kind, outcome, durationMs }: ProcessorCall): void {
    this.#operations.inc({ processor, mode, kind, outcome });
    if (outcome !== "deferred") this.#durations.observe({ processor, mode, kind }, durationMs / 1000);
  }

  discrepancyFound(reason: DiscrepancyReason): void {
    this.#discrepancies.inc({ reason });
  }

  /** Exposes the circuit breakers and the calls in flight. */
  exposeStatus(read: () => readonly ProcessorStatus[]): void {
    for (const { processor, mode } of read()) {
      for (const kind of KINDS) {
        this.#durations.zero({ processor, mode, kind });
        for (const outcome of OUTCOMES) this.#operations.inc({ processor, mode, kind, outcome }, 0);
      }
    }
    new Gauge({
      name: "processor_breaker_state",
      help: "1 for the state that the circuit breaker of a processor is in",
      labelNames: ["processor", "mode", "state"],
      registers: [this.#registry],
      collect() {
        for (const { processor, mode, breaker } of read()) {
          for (const state of BREAKER_STATES) this.set({ processor, mode, state }, state === breaker ? 1 : 0);
        }
      },
    });
    new Gauge({
      name: "processor_calls_in_flight",
      help: "Calls of a processor without an answer",
      labelNames: ["processor", "mode"],
      registers: [this.#registry],
      collect() {
        for (const { processor, mode, inFlight } of read()) this.set({ processor, mode }, inFlight);
      },
    });
  }

  exposeBacklog(read: () => Promise<OperationBacklog>): void {
    const descriptions = {
      oldestUnresolvedSeconds: {
        name: "payment_operations_oldest_unresolved_seconds",
        help: "Age of the oldest operation without evidence from the processor",
      },
      needingReview: {
        name: "payment_operations_needing_review",
        help: "Operations whose outcome an operator must decide",
      },
    };
    exposeBacklog(this.#registry, descriptions, read);
  }
}
