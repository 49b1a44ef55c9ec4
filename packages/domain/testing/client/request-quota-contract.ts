import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ClientId, QuotaAnswer, RequestQuota } from "@payments/domain";
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

    const granted = (answers: readonly QuotaAnswer[]): number => answers.filter((answer) => answer.granted).length;

    const takeTimes = async (quota: RequestQuota, times: number): Promise<QuotaAnswer[]> => {
      const answers: QuotaAnswer[] = [];
      for (let time = 0; time < times; time++) answers.push(await quota.take(one));
      return answers;
    };

    it.each([1, 7, 100, 2_000])("grants %d requests per window, and no more", async (limit) => {
      const { quota } = await start(limit);
      const answers = await takeTimes(quota, limit + 10);
      expect(granted(answers)).toBeLessThanOrEqual(limit);
      expect(granted(answers)).toBeGreaterThanOrEqual(limit * 0.95);
      expect(answers.at(-1)).toMatchObject({ granted: false, remaining: 0 });
    });

    it("grants no more to concurrent requests", async () => {
      const { quota } = await start(50);
      const answers = await Promise.all(Array.from({ length: 80 }, () => quota.take(one)));
      expect(granted(answers)).toBe(50);
    });

    it("counts each client separately", async () => {
      const { quota } = await start(3);
      expect(granted(await takeTimes(quota, 9))).toBe(3);
      expect((await quota.take(other)).granted).toBe(true);
    });

    it("returns the remaining requests and the start of the next window", async () => {
      const { quota } = await start(40, 3_600);
      expect(quota).toMatchObject({ limit: 40, windowSeconds: 3_600 });
      const answers = await takeTimes(quota, 45);
      const left = answers.map(({ remaining }) => remaining);
      expect(left[0]).toBe(39);
      expect(left.toSorted((a, b) => b - a)).toEqual(left);
      expect(left.at(-1)).toBe(0);
      for (const { resetsInSeconds } of answers) {
        expect(Number.isInteger(resetsInSeconds)).toBe(true);
        expect(resetsInSeconds).toBeGreaterThanOrEqual(1);
        expect(resetsInSeconds).toBeLessThanOrEqual(3_600);
      }
    });

    it("starts a new window at the announced time", async () => {
      const { quota, pass } = await start(5, 2);
      const untilRefused = async () => {
        for (let answer = await quota.take(one); ; answer = await quota.take(one)) if (!answer.granted) return answer;
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
      const answers = (await Promise.all(processes.map((quota) => takeTimes(quota, limit)))).flat();
      expect(granted(answers)).toBeLessThanOrEqual(limit);
      expect(granted(answers)).toBeGreaterThanOrEqual(limit * 0.95);
    });

    it.each([60, 6_000])("grants one process nearly all of %d requests if another used only one", async (limit) => {
      const { processes } = await setUp(2, limit, DAY);
      const [busy, idle] = processes as [RequestQuota, RequestQuota];
      const answers = [await idle.take(one), ...(await takeTimes(busy, limit))];
      expect(granted(answers)).toBeLessThanOrEqual(limit);
      expect(granted(answers)).toBeGreaterThanOrEqual(limit * 0.95);
    });

    it("never grants more, however many processes share it", async () => {
      const { processes } = await setUp(16, 1_100, DAY);
      const answers = (await Promise.all(processes.map((quota) => takeTimes(quota, 200)))).flat();
      expect(granted(answers)).toBeLessThanOrEqual(1_100);
    });
  });
