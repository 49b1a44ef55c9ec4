import { expect, it } from "@jest/globals";
import {
  FAILURE_MESSAGES,
  parseProcessorAccount,
  parseProcessorReference,
  rehydrateFact,
  toStoredFact,
} from "@payments/domain";
import { aFact, anyFact, chargedHistory, euros, expectError, expectOk } from "@payments/domain/testing";
import fc from "fast-check";

it.each([parseProcessorReference, parseProcessorAccount])(
  "a processor's id is 1 to 255 visible ASCII characters",
  (parse) => {
    for (const id of ["a", "pi_3Abc", "~".repeat(255)]) expect(expectOk(parse(id))).toBe(id);
    for (const id of ["", "a b", "a\n", "é", "\u007f", "a".repeat(256)]) {
      expect(expectError(parse(id)).detail).toBe("must be 1 to 255 visible ASCII characters");
    }
  },
);

it("a stored fact is JSON with the amount as text", () => {
  expect(toStoredFact(aFact("captured", "capture", euros(1_250)))).toEqual({
    type: "captured",
    reference: "capture",
    mode: "test",
    account: null,
    occurredAt: "2026-01-02T12:00:00.000Z",
    money: { amount: "1250", currency: "EUR" },
  });
});

it("a fact comes back from storage as it was stored", () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(anyFact), chargedHistory), (facts) => {
      for (const fact of facts) expect(rehydrateFact(JSON.parse(JSON.stringify(toStoredFact(fact))))).toEqual(fact);
    }),
  );
});

it("each failure has a sentence for the payer's client", () => {
  for (const message of Object.values(FAILURE_MESSAGES)) expect(message).toMatch(/^The .+\.$/);
});
