import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ClientId, QuotaDecision, RequestQuota } from "@payments/domain";
import { aClient } from "../shared/builders.ts";

export interface QuotaSetUp {
  /** The processes, which share one storage. */
  readonly processes: readonly RequestQuota[];
  /** Lets time pass. */
  pass(milliseconds: number): Promise<void>;
}

/** The contract of every `RequestQuota`. `setUp` starts that many processes with a limit and a window. */
export const requestQuotaContract = (
  setUp: (processes: number, limit: number, windowSeconds: number) => Promise<QuotaSetUp>,
): void =>
  describe("RequestQuota", () => {
    /** No test reaches the end of this window. */
    const DAY = 86_400;
    let one: ClientId;
    let other: ClientId;
    let clients = 0;
    beforeEach(() => {
      clients += 2;
      one = aClient({ id: `client-${clients}` }).id;
      other = aClient({ id: `client-${clients + 1}` }).id;
    });

    const start = async (limit: number, windowSeconds = DAY) => {
      const { processes, pass } = await setUp(1, limit, windowSeconds);
      return { quota: processes[0] as RequestQuota, pass };
    };

    const granted = (decisions: readonly QuotaDecision[]): number =>
      decisions.filter((decision) => decision.granted).length;

    const takeTimes = async (quota: RequestQuota, times: number): Promise<QuotaDecision[]> => {
      const decisions: QuotaDecision[] = [];
      for (let time = 0; time < times; time++) decisions.push(await quota.take(one));
      return decisions;
    };

    it.each([1, 7, 100, 2_000])("grants %d requests per window, and no more", async (limit) => {
      const { quota } = await start(limit);
      const decisions = await takeTimes(quota, limit + 10);
      expect(granted(decisions)).toBeLessThanOrEqual(limit);
      expect(granted(decisions)).toBeGreaterThanOrEqual(limit * 0.95);
      expect(decisions.at(-1)).toMatchObject({ granted: false, remaining: 0 });
    });

    it("grants no more to concurrent requests", async () => {
      const { quota } = await start(50);
      const decisions = await Promise.all(Array.from({ length: 80 }, () => quota.take(one)));
      expect(granted(decisions)).toBe(50);
    });

    it("counts each client separately", async () => {
      const { quota } = await start(3);
      expect(granted(await takeTimes(quota, 9))).toBe(3);
      expect((await quota.take(other)).granted).toBe(true);
    });

    it("returns the remaining requests and the start of the next window", async () => {
      const { quota } = await start(40, 3_600);
      expect(quota).toMatchObject({ limit: 40, windowSeconds: 3_600 });
      const decisions = await takeTimes(quota, 45);
      const left = decisions.map(({ remaining }) => remaining);
      expect(left[0]).toBe(39);
      expect(left.toSorted((a, b) => b - a)).toEqual(left);
      expect(left.at(-1)).toBe(0);
      for (const { resetsInSeconds } of decisions) {
        expect(Number.isInteger(resetsInSeconds)).toBe(true);
        expect(resetsInSeconds).toBeGreaterThanOrEqual(1);
        expect(resetsInSeconds).toBeLessThanOrEqual(3_600);
      }
    });

    it("starts a new window at the announced time", async () => {
      const { quota, pass } = await start(5, 2);
      const untilRefused = async () => {
        for (let decision = await quota.take(one); ; decision = await quota.take(one))
          if (!decision.granted) return decision;
      };
      for (let window = 0; window < 2; window++) await pass((await untilRefused()).resetsInSeconds * 1_000 + 20);
      expect((await quota.take(one)).granted).toBe(true);
    });

    it("grants again what was given back", async () => {
      const { quota } = await start(3);
      await takeTimes(quota, 3);
      quota.giveBack(one);
      expect(granted(await takeTimes(quota, 3))).toBe(1);
    });

    it.each([60, 6_000])("shares %d requests between two processes and wastes at most 5 %% of them", async (limit) => {
      const { processes } = await setUp(2, limit, DAY);
      const decisions = (await Promise.all(processes.map((quota) => takeTimes(quota, limit)))).flat();
      expect(granted(decisions)).toBeLessThanOrEqual(limit);
      expect(granted(decisions)).toBeGreaterThanOrEqual(limit * 0.95);
    });

    it.each([60, 6_000])("grants one process nearly all of %d requests if another used only one", async (limit) => {
      const { processes } = await setUp(2, limit, DAY);
      const [busy, idle] = processes as [RequestQuota, RequestQuota];
      const decisions = [await idle.take(one), ...(await takeTimes(busy, limit))];
      expect(granted(decisions)).toBeLessThanOrEqual(limit);
      expect(granted(decisions)).toBeGreaterThanOrEqual(limit * 0.95);
    });

    it("never grants more, however many processes share it", async () => {
      const { processes } = await setUp(16, 1_100, DAY);
      const decisions = (await Promise.all(processes.map((quota) => takeTimes(quota, 200)))).flat();
      expect(granted(decisions)).toBeLessThanOrEqual(1_100);
    });
  });
