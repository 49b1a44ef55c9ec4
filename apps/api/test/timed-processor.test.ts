import { describe, expect, it } from "@jest/globals";
import type { OperationReport, PaymentProcessor, ProcessorError } from "@payments/domain";
import {
  expectError,
  expectOk,
  FixedClock,
  InMemoryPaymentProcessor,
  operationsIn,
  paymentProcessorContract,
  SequentialIds,
} from "@payments/domain/testing";
import { type Result, ResultAsync } from "neverthrow";
import { TimedProcessor } from "../src/processors/timed-processor.ts";

paymentProcessorContract(async () => ({
  processor: new TimedProcessor(new InMemoryPaymentProcessor("test", new FixedClock()), 1_000),
  paymentMethods: { approved: "approved", declined: "declined", needsAction: "needs-action" },
  settle: async () => {},
}));

describe("a call without an answer", () => {
  const ids = new SequentialIds();
  const charge = () => operationsIn("test", () => ids.next()).authorize("approved", "automatic");

  class SilentProcessor extends InMemoryPaymentProcessor<"test"> {
    override execute(): ReturnType<PaymentProcessor<"test">["execute"]> {
      return new ResultAsync<OperationReport, ProcessorError>(
        new Promise<Result<OperationReport, ProcessorError>>(() => {}),
      );
    }
  }

  it("ends after the timeout, and its outcome is unknown", async () => {
    const timed = new TimedProcessor(new SilentProcessor("test", new FixedClock()), 20);
    expect(expectError(await timed.execute(charge()))).toEqual({
      type: "outcome-unknown",
      cause: "no answer within 20 ms",
    });
    expect(expectOk(await timed.find(charge()))).toBeNull();
  });
});
