import type { Metrics } from "@payments/adapters-http";
import {
  type Charge,
  type ChargeRepository,
  discrepanciesAmong,
  type Fact,
  fingerprintOf,
  type ProcessorCall,
} from "@payments/domain";
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

  /** Reports the contradictions among what was just stored. */
  stored(facts: readonly Fact[], charge: Charge): void {
    const { clientId, paymentId, mode } = charge.authorization;
    for (const { reason, fact } of discrepanciesAmong(facts, charge)) {
      this.#metrics.processors.discrepancyFound(reason);
      // Fields are listed explicitly: a fact may hold a client secret.
      const line = { event: "payment-discrepancy", clientId, paymentId, mode, reason, reported: fact.type };
      this.#logger.error(line, "the processor's report contradicts the payment");
    }
  }
}

/**
 * Reports contradictions of everything that is stored. A notification may come before the one that it depends on: its
 * fact then exceeds an amount until the other arrives, which is no contradiction yet.
 */
export const observedCharges = (charges: ChargeRepository, observer: ProcessorObserver): ChargeRepository => ({
  create: (...parameters) => charges.create(...parameters),
  find: (...parameters) => charges.find(...parameters),
  plan: (...parameters) => charges.plan(...parameters),
  claim: (...parameters) => charges.claim(...parameters),
  listRefunds: (...parameters) => charges.listRefunds(...parameters),
  findRefund: (...parameters) => charges.findRefund(...parameters),
  settle: (operation, settlement, known) =>
    charges.settle(operation, settlement, known).map((charge) => {
      observer.stored(settlement.facts, charge);
      return charge;
    }),
  report: (clientId, payment, report) =>
    charges.report(clientId, payment, report).map((charge) => {
      const exceeding = charge.state.discrepancies.filter(({ reason }) => reason.startsWith("above-"));
      const early = new Set(exceeding.map(({ fact }) => fingerprintOf(fact)));
      observer.stored(
        report.facts.filter((fact) => !early.has(fingerprintOf(fact))),
        charge,
      );
      return charge;
    }),
});
