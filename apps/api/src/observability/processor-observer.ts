import type { Metrics } from "@payments/adapters-http";
import {
  type Charge,
  type ChargeRepository,
  discrepanciesAmong,
  type Fact,
  type ProcessorCall,
} from "@payments/domain";
import type { Logger } from "pino";

/** Counts calls of processors, and reports refusals, and what contradicts a payment. */
export class ProcessorObserver {
  readonly #metrics: Metrics;
  readonly #logger: Logger;

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  readonly called = (call: ProcessorCall): void => {
    this.#metrics.processors.called(call);
    if (call.refusal === undefined) return;
    const { operation, detail } = call.refusal;
    const { id: operationId, clientId, paymentId, mode, kind } = operation;
    const line = { event: "processor-refused", clientId, paymentId, operationId, mode, kind, detail };
    this.#logger.warn(line, "the processor refused an operation");
  };

  /** Reports what these facts, which were just stored, contradict. */
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

/** Reports contradictions among everything that is stored. */
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
      observer.stored(report.facts, charge);
      return charge;
    }),
});
