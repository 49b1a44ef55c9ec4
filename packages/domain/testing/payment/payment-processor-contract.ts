import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  foldPayment,
  type Mode,
  type Operation,
  type OperationReport,
  type PaymentProcessor,
  type PaymentState,
  type ProcessorReference,
} from "@payments/domain";
import { SequentialIds } from "../shared/clock-and-ids.ts";
import { expectError, expectOk } from "../shared/result.ts";
import { aReference, euros, someTerms } from "./facts.ts";
import { type OperationsIn, operationsIn } from "./operations.ts";

export interface ProcessorSetUp<M extends Mode> {
  readonly processor: PaymentProcessor<M>;
  /** Tokens of the processor's test environment. */
  readonly paymentMethods: { readonly approved: string; readonly declined: string; readonly needsAction: string };
  /** Lets the processor finish the requests that it has only acknowledged. */
  settle(): Promise<void>;
}

/** What every `PaymentProcessor` promises. `setUp` gives one before each test; it need not be empty. */
export const paymentProcessorContract = <M extends Mode>(setUp: () => Promise<ProcessorSetUp<M>>): void =>
  describe("PaymentProcessor", () => {
    const ids = new SequentialIds();
    let processor: PaymentProcessor<M>;
    let paymentMethods: ProcessorSetUp<M>["paymentMethods"];
    let settle: () => Promise<void>;
    let operations: OperationsIn<M>;
    beforeEach(async () => {
      ({ processor, paymentMethods, settle } = await setUp());
      operations = operationsIn(processor.mode, () => ids.next());
    });

    const execute = async (operation: Operation<M>): Promise<OperationReport> =>
      expectOk(await processor.execute(operation));
    const refusal = async (operation: Operation<M>): Promise<string> =>
      expectError(await processor.execute(operation)).type;
    const stateOf = async (payment: ProcessorReference): Promise<PaymentState> => {
      await settle();
      const { facts } = expectOk(await processor.retrieve(payment, null));
      return foldPayment(someTerms({ mode: processor.mode }), facts);
    };
    const authorized = async () => (await execute(operations.authorize(paymentMethods.approved, "manual"))).payment;
    const paid = async () => (await execute(operations.authorize(paymentMethods.approved, "automatic"))).payment;

    it("authorizes, and captures on request", async () => {
      const authorization = await execute(operations.authorize(paymentMethods.approved, "manual"));
      expect(authorization.outcome).toBe("succeeded");
      const { payment } = authorization;
      expect(await stateOf(payment)).toMatchObject({ status: "authorized", amountAuthorized: 1_000n });
      const capture = await execute(operations.capture(payment, 1_000));
      expect(capture).toMatchObject({
        payment,
        outcome: processor.capabilities.synchronousCapture ? "succeeded" : "pending",
      });
      expect(await stateOf(payment)).toMatchObject({ status: "succeeded", amountCaptured: 1_000n, discrepancies: [] });
    });

    it("captures with the authorization", async () => {
      const { payment } = await execute(operations.authorize(paymentMethods.approved, "automatic"));
      expect(await stateOf(payment)).toMatchObject({ status: "succeeded", amountCaptured: 1_000n, discrepancies: [] });
    });

    it("reports a decline as a result with a reason", async () => {
      const { outcome, payment } = await execute(operations.authorize(paymentMethods.declined, "automatic"));
      expect(outcome).toBe("declined");
      expect(await stateOf(payment)).toMatchObject({ amountAuthorized: 0n, failure: expect.any(String) });
    });

    it("reports what the payer must do", async () => {
      const { outcome, payment } = await execute(operations.authorize(paymentMethods.needsAction, "automatic"));
      expect(outcome).toBe("pending");
      const { status, nextAction } = await stateOf(payment);
      expect({ status, nextAction }).toEqual({
        status: "requires_action",
        nextAction: expect.objectContaining({ type: expect.stringMatching(/^(confirm|redirect)$/) }),
      });
    });

    it("refuses a payment method that it does not know, and says so", async () => {
      const operation = operations.authorize("pm_that_does_not_exist", "automatic");
      const refused = { type: "refused", failure: "payment_method_unknown" };
      expect(expectError(await processor.execute(operation))).toMatchObject(refused);
    });

    it("captures a part, and no more than is left", async () => {
      if (!processor.capabilities.partialCapture) return;
      const payment = await authorized();
      expect(await refusal(operations.capture(payment, 1_001))).toBe("refused");
      await execute(operations.capture(payment, 400));
      expect(await stateOf(payment)).toMatchObject({ status: "succeeded", amountCaptured: 400n, discrepancies: [] });
      const again = await processor.execute(operations.capture(payment, 600));
      expect(again.isOk()).toBe(processor.capabilities.repeatedCapture);
      const amountCaptured = processor.capabilities.repeatedCapture ? 1_000n : 400n;
      expect(await stateOf(payment)).toMatchObject({ amountCaptured, discrepancies: [] });
    });

    it("cancels an authorization, and captures nothing after that", async () => {
      const payment = await authorized();
      await execute(operations.cancel(payment));
      expect(await stateOf(payment)).toMatchObject({ status: "canceled", discrepancies: [] });
      expect(await refusal(operations.capture(payment, 1_000))).toBe("refused");
      expect(await stateOf(payment)).toMatchObject({ status: "canceled", amountCaptured: 0n });
    });

    it("cancels nothing after a full capture", async () => {
      const payment = await paid();
      await settle();
      expect(await refusal(operations.cancel(payment))).toBe("refused");
      expect((await stateOf(payment)).status).toBe("succeeded");
    });

    it("refunds parts, and no more than was captured", async () => {
      const payment = await paid();
      await settle();
      const first = operations.refund(payment, 300);
      await execute(first);
      await execute(operations.refund(payment, 600));
      const state = await stateOf(payment);
      expect(state).toMatchObject({ status: "succeeded", amountRefunded: 900n, discrepancies: [] });
      expect(state.refunds).toContainEqual(expect.objectContaining({ refundId: first.refundId, amount: 300n }));
      expect(await refusal(operations.refund(payment, 101))).toBe("refused");
      expect(await stateOf(payment)).toMatchObject({ amountRefunded: 900n });
    });

    it("refunds nothing that was not captured", async () => {
      expect(await refusal(operations.refund(await authorized(), 1))).toBe("refused");
    });

    it("refuses operations on a payment that it does not have", async () => {
      const payment = aReference("no-such-payment");
      for (const operation of [
        operations.capture(payment, 1),
        operations.cancel(payment),
        operations.refund(payment, 1),
      ]) {
        expect(await refusal(operation)).toBe("refused");
      }
      expect(expectError(await processor.retrieve(payment, null)).type).toBe("not-at-processor");
    });

    it.each<[string, () => Promise<Operation<M>>]>([
      ["a charge", async () => operations.authorize(paymentMethods.approved, "automatic")],
      ["a decline", async () => operations.authorize(paymentMethods.declined, "automatic")],
      ["a payer's action", async () => operations.authorize(paymentMethods.needsAction, "automatic")],
      ["a capture", async () => operations.capture(await authorized(), 400)],
      ["a cancellation", async () => operations.cancel(await authorized())],
      [
        "a refund",
        async () => {
          const payment = await paid();
          await settle();
          return operations.refund(payment, 300);
        },
      ],
    ])("executes %s once, however often it is repeated", async (_, plan) => {
      const operation = await plan();
      const first = await execute(operation);
      const state = await stateOf(first.payment);
      expect(await execute(operation)).toEqual(first);
      expect(await stateOf(first.payment)).toEqual(state);
    });

    it("executes an operation once when it is repeated at the same time", async () => {
      const payment = await paid();
      await settle();
      for (const operation of [
        operations.authorize(paymentMethods.approved, "automatic"),
        operations.refund(payment, 300),
      ]) {
        const results = await Promise.all(Array.from({ length: 20 }, () => processor.execute(operation)));
        const reports = results.filter((result) => result.isOk()).map((result) => result.value);
        expect(reports.length).toBeGreaterThan(0);
        for (const report of reports) expect(report).toEqual(reports[0]);
        for (const result of results) if (result.isErr()) expect(result.error.type).toBe("outcome-unknown");
      }
      expect(await stateOf(payment)).toMatchObject({ amountRefunded: 300n });
    });

    it("refunds no more than was captured when refunds come at the same time", async () => {
      const payment = await paid();
      await settle();
      await Promise.all(Array.from({ length: 10 }, () => processor.execute(operations.refund(payment, 300))));
      expect(await stateOf(payment)).toMatchObject({ amountRefunded: 900n, discrepancies: [] });
    });

    it("either captures or cancels when both come at the same time", async () => {
      const payment = await authorized();
      const results = await Promise.all([
        processor.execute(operations.capture(payment, 1_000)),
        processor.execute(operations.cancel(payment)),
      ]);
      expect(results.filter((result) => result.isOk())).toHaveLength(1);
      expect(["succeeded", "canceled"]).toContain((await stateOf(payment)).status);
    });

    it("refuses an operation's id with other parameters", async () => {
      const operation = operations.authorize(paymentMethods.approved, "automatic");
      const { payment } = await execute(operation);
      expect(await refusal({ ...operation, ...euros(999) })).toBe("refused");
      expect(await stateOf(payment)).toMatchObject({ amountCaptured: 1_000n });
    });

    it("charges twice for two operations that differ in nothing but their id", async () => {
      expect(await paid()).not.toBe(await paid());
    });

    it("finds what became of an operation, and nothing of one that it never saw", async () => {
      const charge = operations.authorize(paymentMethods.approved, "automatic");
      expect(expectOk(await processor.find(charge))).toBeNull();
      const report = await execute(charge);
      await settle();
      expect(expectOk(await processor.find(charge))).toMatchObject({ payment: report.payment });
      const declined = operations.authorize(paymentMethods.declined, "automatic");
      await execute(declined);
      expect(expectOk(await processor.find(declined))).toMatchObject({ outcome: "declined" });
      const refund = operations.refund(report.payment, 300);
      expect(expectOk(await processor.find(refund))).toBeNull();
      await execute(refund);
      await settle();
      expect(expectOk(await processor.find(refund))).toMatchObject({ outcome: "succeeded" });
    });

    it("retrieves every fact that it reported, each with the operation's mode and account", async () => {
      const charge = operations.authorize(paymentMethods.approved, "manual");
      const { payment, facts } = await execute(charge);
      const { facts: more } = await execute(operations.capture(payment, 1_000));
      await settle();
      const retrieved = expectOk(await processor.retrieve(payment, null));
      expect(retrieved.payment).toBe(payment);
      expect(retrieved.facts).toEqual(expect.arrayContaining([...facts, ...more]));
      for (const fact of retrieved.facts) expect(fact).toMatchObject({ mode: processor.mode, account: charge.account });
    });
  });
