import { describe, expect, it } from "@jest/globals";
import {
  type ClientId,
  type Currency,
  type Movement,
  movementOf,
  type PaymentId,
  type RecordedMovement,
  reconcile,
} from "@payments/domain";
import { aFact, aReference, euros } from "@payments/domain/testing";

const movement = (reference: string, amount: bigint, fields: Partial<Movement> = {}): Movement => ({
  kind: "capture",
  reference: aReference(reference),
  ...euros(amount),
  ...fields,
});
const recorded = (...args: Parameters<typeof movement>): RecordedMovement => ({
  ...movement(...args),
  clientId: "client-1" as ClientId,
  paymentId: "pay_1" as PaymentId,
});

describe("a reconciliation", () => {
  it("matches equal movements in any order", () => {
    const ours = [recorded("c1", 5n), recorded("c2", 7n), recorded("c1", 5n, { kind: "refund" })];
    const theirs = [movement("c2", 7n), movement("c1", 5n, { kind: "refund" }), movement("c1", 5n)];
    expect(reconcile(ours, theirs, () => true)).toEqual({ matched: 3, differences: [], notCompared: 0 });
  });

  it("counts the recorded movements of another processor, which are no differences", () => {
    const ours = [recorded("own-1", 5n), recorded("other-1", 7n), recorded("own-2", 3n), recorded("other-2", 7n)];
    const isOwn = (reference: string) => reference.startsWith("own");
    expect(reconcile(ours, [movement("own-1", 5n)], isOwn)).toEqual({
      matched: 1,
      differences: [{ kind: "capture", reference: "own-2", recorded: ours[2], processor: null }],
      notCompared: 2,
    });
  });

  it("reports what one record has alone, and what the two tell differently", () => {
    const usd = { money: { amount: 5n, currency: "USD" as Currency } };
    const ours = [recorded("here", 1n), recorded("amount", 2n), recorded("currency", 5n)];
    const theirs = [movement("amount", 3n), movement("there", 4n), movement("currency", 5n, usd)];
    expect(reconcile(ours, theirs, () => true)).toEqual({
      matched: 0,
      notCompared: 0,
      differences: [
        { kind: "capture", reference: "amount", recorded: ours[1], processor: theirs[0] },
        { kind: "capture", reference: "there", recorded: null, processor: theirs[1] },
        { kind: "capture", reference: "currency", recorded: ours[2], processor: theirs[2] },
        { kind: "capture", reference: "here", recorded: ours[0], processor: null },
      ],
    });
  });
});

describe("a movement of money", () => {
  it.each([
    [aFact("captured", "a", euros(1)), "capture"],
    [aFact("refund-succeeded", "a", { ...euros(1), refundId: null }), "refund"],
    [aFact("dispute-opened", "a", euros(1)), "dispute"],
    [aFact("dispute-closed", "a", { ...euros(1), outcome: "won" }), "dispute-reversal"],
    [aFact("dispute-closed", "a", { ...euros(1), outcome: "lost" }), undefined],
    [aFact("authorized", "a", euros(1)), undefined],
    [aFact("refund-pending", "a", { ...euros(1), refundId: null }), undefined],
    [aFact("refund-failed", "a", { ...euros(1), refundId: null }), undefined],
    [aFact("canceled", "a", {}), undefined],
  ])("of %j is %s", (fact, kind) => {
    expect(movementOf(fact)?.kind).toBe(kind);
  });
});
