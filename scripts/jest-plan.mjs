// Jest's order of the test files, and an estimate of the time that a run still takes.
import Sequencer from "@jest/test-sequencer";

/** For a file that this machine has not run yet. */
const TYPICAL_MS = { unit: 500, integration: 3_000, "end-to-end": 6_000, ladder: 10_000 };
/** How much of the expected pace counts beside the first measurements. */
const TRUST_MS = 15_000;

const expectedMs = ({ duration, context }) => duration ?? TYPICAL_MS[context.config.displayName?.name] ?? 1_000;

const running = new Set();
let plannedMs = 0;
let finishedMs = 0;

export const begin = (test) => running.add(test);

export const finish = (test) => {
  running.delete(test);
  finishedMs += expectedMs(test);
};

/** How long the rest takes at the pace so far. Of a running file, half is assumed to be done. */
export const remainingMs = (elapsedMs, workers) => {
  const done = [...running].reduce((sum, test) => sum + expectedMs(test) / 2, finishedMs);
  const pace = (elapsedMs + TRUST_MS) / (done / workers + TRUST_MS);
  return ((plannedMs - done) / workers) * pace;
};

/** Puts the slow files first, so that all workers end at about the same time. */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests); // and sets the durations of the last run
    plannedMs = sorted.reduce((sum, test) => sum + expectedMs(test), 0);
    return sorted.sort((one, other) => expectedMs(other) - expectedMs(one));
  }
}
