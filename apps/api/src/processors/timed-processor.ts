import type { Mode, Operation, OutcomeUnknown, PaymentProcessor, ProcessorCapabilities } from "@payments/domain";
import { err, type Result, ResultAsync } from "neverthrow";

/** Ends each call of a processor after `timeoutMs`: the processor may still execute the operation. */
export class TimedProcessor<M extends Mode> implements PaymentProcessor<M> {
  readonly name: string;
  readonly mode: M;
  readonly capabilities: ProcessorCapabilities;
  readonly #processor: PaymentProcessor<M>;
  readonly #timeoutMs: number;

  constructor(processor: PaymentProcessor<M>, timeoutMs: number) {
    this.name = processor.name;
    this.mode = processor.mode;
    this.capabilities = processor.capabilities;
    this.#processor = processor;
    this.#timeoutMs = timeoutMs;
  }

  execute(operation: Operation<M>): ReturnType<PaymentProcessor<M>["execute"]> {
    return this.#timed(this.#processor.execute(operation));
  }

  retrieve(...parameters: Parameters<PaymentProcessor<M>["retrieve"]>): ReturnType<PaymentProcessor<M>["retrieve"]> {
    return this.#timed(this.#processor.retrieve(...parameters));
  }

  find(operation: Operation<M>): ReturnType<PaymentProcessor<M>["find"]> {
    return this.#timed(this.#processor.find(operation));
  }

  #timed<Value, Fault>(call: ResultAsync<Value, Fault | OutcomeUnknown>): ResultAsync<Value, Fault | OutcomeUnknown> {
    const timed = new Promise<Result<Value, Fault | OutcomeUnknown>>((resolve, reject) => {
      const timeout = setTimeout(
        () => resolve(err({ type: "outcome-unknown", cause: `no answer within ${this.#timeoutMs} ms` })),
        this.#timeoutMs,
      );
      const ended =
        <Ending>(end: (ending: Ending) => void) =>
        (ending: Ending): void => {
          clearTimeout(timeout);
          end(ending);
        };
      call.then(ended(resolve), ended(reject));
    });
    return new ResultAsync(timed);
  }
}
