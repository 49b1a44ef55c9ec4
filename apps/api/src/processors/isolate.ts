import {
  type Clock,
  IsolatedProcessor,
  type IsolationLimits,
  type Mode,
  type PaymentProcessor,
  type ProcessorCall,
} from "@payments/domain";
import { tracedProcessor } from "../observability/traced-ports.ts";
import type { Tracing } from "../observability/tracing.ts";
import { TimedProcessor } from "./timed-processor.ts";

/** Longer than `PROCESSOR_ANSWER_MS` can be, and shorter than the lease of an operation. */
export const CALL_TIMEOUT_MS = 20_000;

export interface Isolation {
  readonly clock: Clock;
  readonly tracing: Tracing | null;
  readonly onCall: ((call: ProcessorCall) => void) | undefined;
}

/** A processor with a timeout for each call, a bound of calls in flight, a circuit breaker, and spans. */
export const isolate = <M extends Mode>(
  processor: PaymentProcessor<M>,
  limits: IsolationLimits,
  { clock, tracing, onCall }: Isolation,
): IsolatedProcessor<M> => {
  const timed = new TimedProcessor(processor, CALL_TIMEOUT_MS);
  return new IsolatedProcessor(tracing === null ? timed : tracedProcessor(timed, tracing), clock, limits, onCall);
};
