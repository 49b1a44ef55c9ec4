import { expect } from "@jest/globals";
import type { Verdict } from "./ledger.ts";

/** Fails unless every acknowledged payment is stored once, and nothing else is. */
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
