import type { ChargeRepository, RunOperation, TrackedOperation } from "@payments/domain";
import type { BackgroundWork } from "./background-worker.ts";

/** A worker that stops in between leaves its operations to others after this time. */
const LEASE_MS = 60_000;

/** Operations that a lost response or a stopped process left open. */
export const operationsToContinue = (
  charges: ChargeRepository,
  run: RunOperation,
): BackgroundWork<TrackedOperation> => ({
  name: "operations",
  concurrency: 16,
  pollMs: 1_000,
  claim: (limit) => charges.claim(limit, LEASE_MS),
  run: (operation) => run.resume(operation),
});
