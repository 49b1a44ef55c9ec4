import { expect, it } from "@jest/globals";
import type { AnyOperation, Operation, OperationReport, PaymentProcessor, Processors } from "@payments/domain";
import { expectOk, FixedClock, InMemoryPaymentProcessor, operationsIn } from "@payments/domain/testing";

const live = new InMemoryPaymentProcessor("live", new FixedClock());
const test = new InMemoryPaymentProcessor("test", new FixedClock());
const liveOperation = operationsIn("live", () => "1").authorize("approved", "automatic");
const testOperation = operationsIn("test", () => "2").authorize("approved", "automatic");

/** The compiler checks this function; nothing calls it. Each line after an expected error would be a mix-up. */
export const mixUps = (either: AnyOperation): void => {
  // @ts-expect-error a live operation at a test processor
  test.execute(liveOperation);
  // @ts-expect-error a test operation at a live processor
  live.execute(testOperation);
  // @ts-expect-error an operation of either mode at a live processor
  live.execute(either);
  // @ts-expect-error a search for a live operation at a test processor
  test.find(liveOperation);
  // @ts-expect-error a test processor for live payments
  const first: Processors = { live: test, test };
  // @ts-expect-error a live processor for test payments
  const second: Processors = { live, test: live };
  // @ts-expect-error a processor of either mode for live payments
  const third: PaymentProcessor<"live"> = test as PaymentProcessor<"live"> | PaymentProcessor<"test">;
  // @ts-expect-error a test operation as a live one
  const fourth: Operation<"live"> = testOperation;
  void [first, second, third, fourth];
};

it("an operation goes to the processor of its own mode once its mode is compared", async () => {
  const executeAnywhere = (operation: AnyOperation) =>
    operation.mode === "live" ? live.execute(operation) : test.execute(operation);
  const outcomeOf = async (operation: AnyOperation): Promise<OperationReport["outcome"]> =>
    expectOk(await executeAnywhere(operation)).outcome;
  expect([await outcomeOf(liveOperation), await outcomeOf(testOperation)]).toEqual(["succeeded", "succeeded"]);
  expect([live.ledger.size, test.ledger.size]).toEqual([1, 1]);
});
