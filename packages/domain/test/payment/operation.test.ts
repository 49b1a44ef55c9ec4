import { describe, expect, it } from "@jest/globals";
import { advance, isUnresolved, type OperationEvent, type OperationState, recoveryOf } from "@payments/domain";
import fc from "fast-check";

const STATES: readonly OperationState[] = [
  "planned",
  "deferred",
  "sent",
  "succeeded",
  "declined",
  "pending",
  "unknown",
  "needs_review",
];
const EVIDENCE: readonly OperationEvent[] = ["succeeded", "declined", "pending"];
const EVENTS: readonly OperationEvent[] = [
  ...EVIDENCE,
  "sending",
  "not-sent",
  "refused",
  "outcome-unknown",
  "interrupted",
  "overdue",
];
const run = (...events: OperationEvent[]): OperationState => events.reduce(advance, "planned" as OperationState);

describe("an operation", () => {
  it.each<[OperationEvent[], OperationState]>([
    [["sending"], "sent"],
    [["sending", "succeeded"], "succeeded"],
    [["sending", "declined"], "declined"],
    [["sending", "pending"], "pending"],
    [["sending", "pending", "succeeded"], "succeeded"],
    [["sending", "pending", "declined"], "declined"],
    [["sending", "not-sent"], "deferred"],
    [["sending", "not-sent", "sending", "refused"], "declined"],
    [["sending", "not-sent", "sending", "succeeded"], "succeeded"],
    [["sending", "refused"], "declined"],
    [["sending", "outcome-unknown"], "unknown"],
    [["sending", "interrupted"], "unknown"],
    [["interrupted"], "unknown"],
    [["sending", "sending"], "unknown"],
    [["sending", "outcome-unknown", "overdue"], "needs_review"],
    [["sending", "outcome-unknown", "overdue", "succeeded"], "succeeded"],
  ])("is after %j: %s", (events, state) => {
    expect(run(...events)).toBe(state);
  });

  it.each<OperationEvent[]>([["sending"], ["not-sent"], ["refused"], ["sending", "refused"], ["sending", "not-sent"]])(
    "of unknown outcome stays unknown when a retry is %s %s",
    (...events) => {
      expect(events.reduce(advance, "unknown" as OperationState)).toBe("unknown");
    },
  );

  it("is resolved by evidence alone once its outcome is unknown", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS)), (events) => {
        const hasEvidence = events.some((event) => EVIDENCE.includes(event));
        expect(isUnresolved(events.reduce(advance, "unknown" as OperationState))).toBe(
          !events.some((event) => event === "succeeded" || event === "declined"),
        );
        if (!hasEvidence) {
          expect(["unknown", "needs_review"]).toContain(events.reduce(advance, "unknown" as OperationState));
        }
      }),
    );
  });

  it.each(["succeeded", "declined"] as const)("keeps its result %s whatever comes later", (result) => {
    expect(EVENTS.map((event) => advance(result, event))).toEqual(EVENTS.map(() => result));
  });

  it("that is pending is not sent, lost or reviewed again", () => {
    for (const event of EVENTS.filter((candidate) => !EVIDENCE.includes(candidate))) {
      expect(advance("pending", event)).toBe("pending");
    }
  });

  it("is unresolved until it succeeded or was declined", () => {
    expect(STATES.filter(isUnresolved)).toEqual(["planned", "deferred", "sent", "pending", "unknown", "needs_review"]);
  });
});

describe("the recovery of an operation without a result", () => {
  const HOUR_MS = 3_600_000;
  const DAY_MS = 24 * HOUR_MS;
  const plannedAt = new Date("2026-01-02T03:04:05.678Z");

  it.each([
    ["retry", 0],
    ["retry", 23 * HOUR_MS - 1],
    ["search", 23 * HOUR_MS],
    ["search", 25 * HOUR_MS],
    ["search", 7 * DAY_MS - 1],
    ["review", 7 * DAY_MS],
    ["review", 8 * DAY_MS],
  ])("is to %s after %d ms, where the processor remembers keys for a day", (recovery, ageMs) => {
    expect(recoveryOf({ plannedAt }, DAY_MS, new Date(plannedAt.getTime() + ageMs))).toBe(recovery);
  });

  it.each([
    ["search", HOUR_MS, 0],
    ["retry", 31 * DAY_MS, 7 * DAY_MS - 1],
    ["review", 31 * DAY_MS, 7 * DAY_MS],
  ])("is to %s where keys live for %d ms, after %d ms", (recovery, lifetimeMs, ageMs) => {
    expect(recoveryOf({ plannedAt }, lifetimeMs, new Date(plannedAt.getTime() + ageMs))).toBe(recovery);
  });
});
