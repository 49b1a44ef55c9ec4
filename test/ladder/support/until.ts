import { setTimeout as sleep } from "node:timers/promises";

/** Waits until it holds; fails when that takes longer than the limit, in milliseconds. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, limit = 30_000): Promise<void> => {
  for (const deadline = performance.now() + limit; !(await holds()); await sleep(10)) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limit} ms`);
  }
};
