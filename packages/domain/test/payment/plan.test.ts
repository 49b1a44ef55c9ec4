import { describe, expect, it } from "@jest/globals";
import {
  type Fact,
  foldPayment,
  type OperationState,
  planCancel,
  planCapture,
  planRefund,
  type RefundId,
  type TrackedOperation,
} from "@payments/domain";
import {
  aFact,
  aReference,
  euros,
  expectError,
  expectOk,
  operationsIn,
  SequentialIds,
  someTerms,
} from "@payments/domain/testing";

const ids = new SequentialIds();
const operations = operationsIn("test", () => ids.next());
const payment = aReference("pi_1");
const authorized = aFact("authorized", "auth", euros(1_000));
const captured = (amount: number) => aFact("captured", `capture-${amount}`, euros(amount));
const after = (...facts: Fact[]) => foldPayment(someTerms(), facts);
const tracked = (operation: TrackedOperation["operation"], state: OperationState): TrackedOperation => ({
  operation,
  state,
});
const UNRESOLVED: readonly OperationState[] = ["planned", "sent", "pending", "unknown", "needs_review"];
const RESOLVED: readonly OperationState[] = ["succeeded", "declined"];

describe("a capture", () => {
  it.each([
    ["all of the authorization by default", null, 1_000n],
    ["a part of it", 400n, 400n],
    ["all of it by its amount", 1_000n, 1_000n],
  ])("takes %s", (_, amount, planned) => {
    expect(expectOk(planCapture(after(authorized), [], amount, false))).toBe(planned);
  });

  it("takes no more than was authorized", () => {
    expect(expectError(planCapture(after(authorized), [], 1_001n, true))).toEqual({
      type: "amount-above-authorized",
      remaining: 1_000n,
    });
  });

  it("is repeated only at a processor that allows it, and only for the rest", () => {
    const state = after(authorized, captured(400));
    expect(expectOk(planCapture(state, [], null, true))).toBe(600n);
    expect(expectError(planCapture(state, [], 601n, true))).toMatchObject({ remaining: 600n });
    const error = { type: "payment-not-capturable", status: "succeeded" };
    expect(expectError(planCapture(state, [], null, false))).toEqual(error);
    expect(expectError(planCapture(after(authorized, captured(1_000)), [], null, true))).toEqual(error);
  });

  it.each<[string, Fact[]]>([
    ["canceled", [authorized, aFact("canceled", "c", {})]],
    ["expired", [authorized, aFact("expired", "e", {})]],
    ["failed", [aFact("declined", "d", { code: "card_declined", final: true })]],
    ["processing", []],
  ])("of a payment that is %s is an error", (status, facts) => {
    expect(expectError(planCapture(after(...facts), [], null, true))).toEqual({
      type: "payment-not-capturable",
      status,
    });
  });

  it.each([operations.capture(payment, 1), operations.cancel(payment)])(
    "waits for an unresolved operation: $kind",
    (operation) => {
      for (const state of UNRESOLVED) {
        expect(planCapture(after(authorized), [tracked(operation, state)], 1n, true).isErr()).toBe(true);
      }
      for (const state of RESOLVED) {
        expect(planCapture(after(authorized), [tracked(operation, state)], 1n, true).isOk()).toBe(true);
      }
    },
  );
});

describe("a cancellation", () => {
  it.each<[string, Fact[]]>([
    ["authorized", [authorized]],
    ["requires_action", [aFact("declined", "d", { code: "card_declined", final: false })]],
  ])("is possible when the payment is %s", (status, facts) => {
    const state = after(...facts);
    expect(state.status).toBe(status);
    expect(planCancel(state, []).isOk()).toBe(true);
  });

  it.each<[string, Fact[]]>([
    ["succeeded", [authorized, captured(1)]],
    ["canceled", [authorized, aFact("canceled", "c", {})]],
    ["processing", []],
  ])("is an error when the payment is %s", (status, facts) => {
    expect(expectError(planCancel(after(...facts), []))).toEqual({ type: "payment-not-cancelable", status });
  });

  it.each([operations.capture(payment, 1), operations.cancel(payment)])(
    "waits for an unresolved operation: $kind",
    (operation) => {
      for (const state of UNRESOLVED) {
        expect(planCancel(after(authorized), [tracked(operation, state)]).isErr()).toBe(true);
      }
      for (const state of RESOLVED) {
        expect(planCancel(after(authorized), [tracked(operation, state)]).isOk()).toBe(true);
      }
    },
  );
});

describe("a refund", () => {
  const paid = [authorized, captured(800)];
  const refunded = (type: "refund-pending" | "refund-succeeded" | "refund-failed", id: RefundId | null) =>
    aFact(type, "re_1", { ...euros(300), refundId: id });

  it("takes what was captured by default, or a part of it", () => {
    expect(expectOk(planRefund(after(...paid), [], null))).toBe(800n);
    expect(expectOk(planRefund(after(...paid), [], 800n))).toBe(800n);
    expect(expectOk(planRefund(after(...paid), [], 1n))).toBe(1n);
  });

  it("takes no more than is left", () => {
    const state = after(...paid, refunded("refund-succeeded", null));
    expect(expectOk(planRefund(state, [], null))).toBe(500n);
    expect(expectError(planRefund(state, [], 501n))).toEqual({ type: "amount-above-captured", remaining: 500n });
  });

  it("is an error when nothing is left", () => {
    const all = aFact("refund-succeeded", "re_1", { ...euros(800), refundId: null });
    expect(expectError(planRefund(after(...paid, all), [], null))).toEqual({
      type: "amount-above-captured",
      remaining: 0n,
    });
  });

  it("takes nothing that an open or lost dispute withholds", () => {
    const opened = aFact("dispute-opened", "dp_1", euros(700));
    const closed = (outcome: "won" | "lost") => aFact("dispute-closed", "dp_1", { ...euros(700), outcome });
    for (const facts of [[opened], [opened, closed("lost")]]) {
      expect(expectOk(planRefund(after(...paid, ...facts), [], null))).toBe(100n);
      expect(expectError(planRefund(after(...paid, ...facts), [], 101n))).toMatchObject({ remaining: 100n });
    }
    expect(expectOk(planRefund(after(...paid, opened, closed("won")), [], null))).toBe(800n);
    const refundedFirst = after(...paid, refunded("refund-succeeded", null), opened);
    expect(expectError(planRefund(refundedFirst, [], null))).toMatchObject({ remaining: 0n });
  });

  it("is an error before anything was captured", () => {
    expect(expectError(planRefund(after(authorized), [], null))).toEqual({
      type: "payment-not-refundable",
      status: "authorized",
    });
  });

  it("keeps the amount of an unresolved refund reserved, once", () => {
    const operation = operations.refund(payment, 300);
    for (const state of UNRESOLVED) {
      expect(expectOk(planRefund(after(...paid), [tracked(operation, state)], null))).toBe(500n);
      const reported = after(...paid, refunded("refund-pending", operation.refundId));
      expect(expectOk(planRefund(reported, [tracked(operation, state)], null))).toBe(500n);
    }
    const two = [tracked(operation, "unknown"), tracked(operations.refund(payment, 300), "sent")];
    expect(expectOk(planRefund(after(...paid), two, null))).toBe(200n);
    expect(expectError(planRefund(after(...paid), two, 201n))).toMatchObject({ remaining: 200n });
  });

  it("reserves nothing for a refund that was declined, failed or already counted", () => {
    const operation = operations.refund(payment, 300);
    expect(expectOk(planRefund(after(...paid), [tracked(operation, "declined")], null))).toBe(800n);
    const failed = after(...paid, refunded("refund-failed", operation.refundId));
    expect(expectOk(planRefund(failed, [tracked(operation, "unknown")], null))).toBe(800n);
    const counted = after(...paid, refunded("refund-succeeded", operation.refundId));
    expect(expectOk(planRefund(counted, [tracked(operation, "unknown")], null))).toBe(500n);
  });

  it("keeps a pending refund reserved whose request is resolved or was made elsewhere", () => {
    const operation = operations.refund(payment, 300);
    const reported = after(...paid, refunded("refund-pending", operation.refundId));
    expect(expectOk(planRefund(reported, [tracked(operation, "succeeded")], null))).toBe(500n);
    expect(expectOk(planRefund(after(...paid, refunded("refund-pending", null)), [], null))).toBe(500n);
  });

  it("reserves more than is left without a negative remainder", () => {
    const operation = operations.refund(payment, 900);
    expect(expectError(planRefund(after(...paid), [tracked(operation, "unknown")], 1n))).toEqual({
      type: "amount-above-captured",
      remaining: 0n,
    });
  });
});
