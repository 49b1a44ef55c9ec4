import { describe, expect, it } from "@jest/globals";
import { feeOn, NO_FEE, parseFeeRule } from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";
import fc from "fast-check";

describe("a fee rule", () => {
  it.each([
    [{ basisPoints: 0, fixed: 0 }, NO_FEE],
    [
      { basisPoints: 10_000, fixed: 99_999_999_999 },
      { basisPoints: 10_000n, fixed: 99_999_999_999n },
    ],
  ])("may be %j", (raw, rule) => {
    expect(expectOk(parseFeeRule(raw))).toEqual(rule);
  });

  it.each([-1, 10_001, 1.5, Number.NaN])("can't have %d basis points", (basisPoints) => {
    expect(expectError(parseFeeRule({ basisPoints, fixed: 0 })).detail).toBe(
      "must have basisPoints that are an integer from 0 to 10000",
    );
  });

  it.each([-1, 100_000_000_000, 1.5, Number.NaN])("can't have a fixed amount of %d", (fixed) => {
    expect(expectError(parseFeeRule({ basisPoints: 0, fixed })).detail).toBe(
      "must have a fixed amount that is an integer from 0 to 99999999999",
    );
  });
});

describe("the fee", () => {
  it.each([
    ["is nothing without a rule", 1_250n, 0n, 0n, 0n],
    ["is a share of the amount", 1_000n, 250n, 0n, 25n],
    ["adds the fixed amount", 1_000n, 250n, 30n, 55n],
    ["rounds a half up", 50n, 100n, 0n, 1n],
    ["rounds less than a half down", 49n, 100n, 0n, 0n],
    ["rounds the share before it adds the fixed amount", 150n, 100n, 30n, 32n],
    ["is never above the amount", 20n, 250n, 30n, 20n],
    ["may be the whole amount", 1_000n, 10_000n, 0n, 1_000n],
    ["is exact for the largest amount", 99_999_999_999n, 1n, 0n, 10_000_000n],
  ])("%s", (_, amount, basisPoints, fixed, fee) => {
    expect(feeOn(amount, { basisPoints, fixed })).toBe(fee);
  });

  it("is the exact value rounded half up, and at most the amount", () => {
    const upTo = (max: bigint) => fc.bigInt({ min: 0n, max });
    fc.assert(
      fc.property(upTo(99_999_999_999n), upTo(10_000n), upTo(99_999_999_999n), (amount, basisPoints, fixed) => {
        const fee = feeOn(amount, { basisPoints, fixed });
        const exact = amount * basisPoints + fixed * 10_000n;
        if (exact > amount * 10_000n) return fee === amount;
        const excess = fee * 10_000n - exact;
        return fee === amount || (excess > -5_000n && excess <= 5_000n);
      }),
      { numRuns: 2_000 },
    );
  });
});
