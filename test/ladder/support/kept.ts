import { expect } from "@jest/globals";
import type { Verdict } from "./ledger.ts";

/** Fails unless every acknowledged payment is stored exactly once, and no other payment is stored. */
export const kept = (verdict: Verdict): Verdict => {
  const { lost, twice, neverAttempted, unexpected } = verdict;
  expect({ lost, twice, neverAttempted, unexpected }).toEqual({
    lost: [],
    twice: [],
    neverAttempted: [],
    unexpected: [],
  });
  expect(verdict.acknowledged).toBeGreaterThan(0);
  return verdict;
};
