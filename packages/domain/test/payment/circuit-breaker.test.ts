import { describe, expect, it } from "@jest/globals";
import {
  afterAnswer,
  afterFailure,
  afterStart,
  allowsCall,
  type CircuitBreaker,
  CLOSED_BREAKER,
  FAILURES_TO_OPEN,
  FIRST_PROBE_AFTER_MS,
  MAXIMUM_PROBE_INTERVAL_MS,
} from "@payments/domain";
import fc from "fast-check";

const NOW_MS = 1_000_000;
const failed = (times: number, breaker: CircuitBreaker = CLOSED_BREAKER): CircuitBreaker =>
  Array.from({ length: times }).reduce<CircuitBreaker>((current) => afterFailure(current, NOW_MS), breaker);

describe("a circuit breaker", () => {
  it("opens after ten failures in a row", () => {
    expect(FAILURES_TO_OPEN).toBe(10);
    expect(failed(9)).toEqual({ state: "closed", failures: 9 });
    expect(failed(10).state).toBe("open");
  });

  it("stays closed when an answer comes between the failures", () => {
    failed(9);
    expect(failed(9, afterAnswer())).toEqual({ state: "closed", failures: 9 });
  });

  it("allows no call while it is open, and a probe after a second", () => {
    const open = failed(FAILURES_TO_OPEN);
    expect(allowsCall(open, NOW_MS)).toBe(false);
    expect(allowsCall(open, NOW_MS + 999)).toBe(false);
    expect(allowsCall(open, NOW_MS + 1_000)).toBe(true);
  });

  it("allows a probe if the clock was put back to before it opened", () => {
    const open = failed(FAILURES_TO_OPEN);
    expect(allowsCall(open, NOW_MS - 3_600_000)).toBe(true);
    const probing = afterStart(open, NOW_MS - 3_600_000);
    expect(allowsCall(probing, NOW_MS - 3_600_000)).toBe(false);
    expect(allowsCall(probing, NOW_MS - 3_600_000 + 2_000)).toBe(true);
  });

  it("is half-open while a probe is in flight, and allows the next one later and later", () => {
    let breaker = failed(FAILURES_TO_OPEN);
    let nowMs = NOW_MS + FIRST_PROBE_AFTER_MS;
    for (const waitMs of [2_000, 4_000, 5_000, 5_000]) {
      breaker = afterStart(breaker, nowMs);
      expect(breaker.state).toBe("half-open");
      expect(allowsCall(breaker, nowMs + waitMs - 1)).toBe(false);
      expect(allowsCall(breaker, nowMs + waitMs)).toBe(true);
      nowMs += waitMs;
    }
  });

  it("is open again after a probe failed, without a change of the next one's time", () => {
    const probing = afterStart(failed(FAILURES_TO_OPEN), NOW_MS + 1_000);
    const again = afterFailure(probing, NOW_MS + 1_500);
    expect(again).toEqual({ ...probing, state: "open" });
  });

  it("closes with any answer", () => {
    expect(afterAnswer()).toEqual({ state: "closed", failures: 0 });
    expect(allowsCall(afterAnswer(), NOW_MS)).toBe(true);
  });

  it("always allows a call within five seconds, whatever happened", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("start", "answer", "failure"), fc.nat(10_000)));
    fc.assert(
      fc.property(steps, (events) => {
        let breaker: CircuitBreaker = failed(FAILURES_TO_OPEN);
        let nowMs = NOW_MS;
        for (const [event, waitMs] of events) {
          nowMs += waitMs;
          if (event === "answer") breaker = afterAnswer();
          if (event === "failure") breaker = afterFailure(breaker, nowMs);
          if (event === "start" && allowsCall(breaker, nowMs)) breaker = afterStart(breaker, nowMs);
        }
        expect(allowsCall(breaker, nowMs + MAXIMUM_PROBE_INTERVAL_MS)).toBe(true);
      }),
    );
  });
});
