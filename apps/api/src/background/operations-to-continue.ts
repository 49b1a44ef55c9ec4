import type { CallGate, ChargeRepository, ClaimedOperation, Mode, RunOperation } from "@payments/domain";
import type { BackgroundWork } from "./background-worker.ts";

/** Longer than a call. A worker that stops in between leaves its operations to others after this time. */
const LEASE_MS = 30_000;

/**
 * Operations of one mode that were deferred, or that a lost response or a stopped process left open. Those that the
 * processor cannot take now are not claimed: with an open circuit breaker they wait, and without a processor, where
 * `gate` is null.
 */
export const operationsToContinue = (
  mode: Mode,
  charges: ChargeRepository,
  run: RunOperation,
  gate: CallGate | null,
): BackgroundWork<ClaimedOperation> => ({
  name: "operations",
  concurrency: 128,
  pollMs: 1_000,
  capacity: () => gate?.freeCalls() ?? 0,
  claim: (limit) => charges.claim(mode, limit, LEASE_MS),
  run: (claimed) => run.resume(claimed, claimed.history),
});
