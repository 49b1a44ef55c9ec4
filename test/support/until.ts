import { setTimeout as sleep } from "node:timers/promises";

/** Waits until the condition holds. Throws after the timeout. */
export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> => {
  for (const deadline = performance.now() + timeoutMs; !(await holds()); await sleep(10)) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
  }
};
