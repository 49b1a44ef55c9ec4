import { setTimeout as sleep } from "node:timers/promises";
import type { ApiProcess } from "../../support/api-process.ts";
import { metric } from "./metric.ts";

const SAMPLE_MS = 100;

/** Samples the resident memory of the process; returns a function that ends that and gives the largest sample in MB. */
export const watchMemory = (api: ApiProcess) => {
  let largest = 0;
  let stopped = false;
  const run = async (): Promise<void> => {
    for (; !stopped; await sleep(SAMPLE_MS)) {
      largest = Math.max(largest, await metric(api, "process_resident_memory_bytes"));
    }
  };
  const running = run();
  running.catch(() => {});
  return async (): Promise<number> => {
    stopped = true;
    await running;
    return Math.ceil(largest / 1_048_576);
  };
};
