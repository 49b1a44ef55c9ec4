import { describe, expect, it } from "@jest/globals";
import { type AttemptOutcome, DISABLE_AFTER_MS, disabledBy, isSuccess, nextAfter } from "@payments/domain";
import fc from "fast-check";

const responded = (status: number, retryAfterMs: number | null = null): AttemptOutcome => ({
  type: "responded",
  status,
  response: "",
  retryAfterMs,
});
const timeout: AttemptOutcome = { type: "failed", reason: "timeout" };
const HOUR_MS = 3_600_000;

describe("the schedule of a delivery", () => {
  it.each([200, 201, 204, 299])("ends with the status %d", (status) => {
    expect(nextAfter(responded(status), 1, 0.5)).toEqual({ state: "succeeded", retryInMs: null });
  });

  it.each([responded(199), responded(300), responded(302), responded(404), responded(410), responded(500), timeout])(
    "repeats after %j",
    (outcome) => {
      expect(isSuccess(outcome)).toBe(false);
      expect(nextAfter(outcome, 1, 0).state).toBe("pending");
    },
  );

  it("repeats after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, and then ends", () => {
    const delays = Array.from({ length: 10 }, (_, made) => nextAfter(timeout, made + 1, 0));
    expect(delays.slice(0, 9).map(({ retryInMs }) => (retryInMs ?? 0) / 1_000)).toEqual([
      5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]);
    expect(delays[9]).toEqual({ state: "failed", retryInMs: null });
  });

  it("spreads each delay over a fifth more, and never shortens it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, r) => {
          const plain = nextAfter(timeout, n, 0).retryInMs ?? 0;
          const spread = nextAfter(timeout, n, r).retryInMs ?? 0;
          expect(spread).toBeGreaterThanOrEqual(plain);
          expect(spread).toBeLessThanOrEqual(plain * 1.2);
        },
      ),
    );
    expect(nextAfter(timeout, 2, 0.5).retryInMs).toBe(330_000);
  });

  it("waits at least as long as Retry-After asks, but at most a day", () => {
    expect(nextAfter(responded(429, 120_000), 1, 0).retryInMs).toBe(120_000);
    expect(nextAfter(responded(503, 1_000), 2, 0).retryInMs).toBe(300_000);
    expect(nextAfter(responded(429, 1e12), 1, 0).retryInMs).toBe(24 * HOUR_MS);
  });
});

describe("an endpoint is disabled", () => {
  it("by 410, also beside a success", () => {
    expect(disabledBy([responded(200), responded(410)], null)).toBe("gone");
  });

  it("after failures for five days, and not a moment earlier", () => {
    expect(DISABLE_AFTER_MS).toBe(5 * 24 * HOUR_MS);
    expect(disabledBy([timeout], DISABLE_AFTER_MS)).toBe("failing");
    expect(disabledBy([timeout], DISABLE_AFTER_MS - 1)).toBeNull();
  });

  it("never by a success, without an attempt, or by a first failure", () => {
    expect(disabledBy([timeout, responded(200)], DISABLE_AFTER_MS)).toBeNull();
    expect(disabledBy([], DISABLE_AFTER_MS)).toBeNull();
    expect(disabledBy([timeout], null)).toBeNull();
  });
});
