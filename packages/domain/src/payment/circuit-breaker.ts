/**
 * Stops calls to a processor that does not answer.
 *
 * - `closed`: every call is allowed.
 * - `open`: no call is allowed before `probeAtMs`.
 * - `half-open`: a probe is in flight. The next one is allowed at `probeAtMs`, because a probe may hang as well.
 *
 * Times are milliseconds since the epoch.
 */
export type CircuitBreaker =
  | { readonly state: "closed"; readonly failures: number }
  | { readonly state: "open" | "half-open"; readonly probeAtMs: number; readonly intervalMs: number };

export type BreakerState = CircuitBreaker["state"];

/** Failures without an answer in between. */
export const FAILURES_TO_OPEN = 10;
export const FIRST_PROBE_AFTER_MS = 1_000;
export const MAXIMUM_PROBE_INTERVAL_MS = 5_000;

export const CLOSED_BREAKER: CircuitBreaker = { state: "closed", failures: 0 };

/** Also where the clock was put back to before the wait began, so that the wait stays short. */
export const allowsCall = (breaker: CircuitBreaker, nowMs: number): boolean =>
  breaker.state === "closed" || nowMs >= breaker.probeAtMs || nowMs < breaker.probeAtMs - breaker.intervalMs;

/** After a call that `allowsCall` allowed has started. */
export const afterStart = (breaker: CircuitBreaker, nowMs: number): CircuitBreaker => {
  if (breaker.state === "closed") return breaker;
  const intervalMs = Math.min(2 * breaker.intervalMs, MAXIMUM_PROBE_INTERVAL_MS);
  return { state: "half-open", probeAtMs: nowMs + intervalMs, intervalMs };
};

/** After an answer of any kind, also one that is an error. A late answer proves as much as a probe's. */
export const afterAnswer = (): CircuitBreaker => CLOSED_BREAKER;

/** After a call without an answer. */
export const afterFailure = (breaker: CircuitBreaker, nowMs: number): CircuitBreaker => {
  if (breaker.state !== "closed") return { ...breaker, state: "open" };
  const failures = breaker.failures + 1;
  if (failures < FAILURES_TO_OPEN) return { state: "closed", failures };
  return { state: "open", probeAtMs: nowMs + FIRST_PROBE_AFTER_MS, intervalMs: FIRST_PROBE_AFTER_MS };
};
