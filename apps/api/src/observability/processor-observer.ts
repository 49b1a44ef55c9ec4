import type { Metrics } from "@payments/adapters-http";
import type { DiscrepancyListener, ProcessorCall } from "@payments/domain";
import type { Logger } from "pino";

/** Counts calls of processors, and reports what a processor says that contradicts a payment. */
export class ProcessorObserver {
  readonly #metrics: Metrics;
  readonly #logger: Logger;

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  readonly called = (call: ProcessorCall): void => this.#metrics.processors.called(call);

  readonly discrepant: DiscrepancyListener = ({ clientId, paymentId, mode }, discrepancies) => {
    for (const { reason, fact } of discrepancies) {
      this.#metrics.processors.discrepancyFound(reason);
      // Fields are listed explicitly: a fact may hold a client secret.
      const line = { event: "payment-discrepancy", clientId, paymentId, mode, reason, reported: fact.type };
      this.#logger.error(line, "the processor's report contradicts the payment");
    }
  };
}
