import type { AttemptOutcome, DeliveryNext } from "./webhook-delivery.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The delay before each attempt, after the one before it failed. */
export const ATTEMPT_DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** The longest wait that a `Retry-After` can ask for. */
export const MAXIMUM_RETRY_AFTER_MS = 24 * HOUR_MS;

/** An endpoint that fails for this long, without any success, is disabled. */
export const DISABLE_AFTER_MS = 5 * 24 * HOUR_MS;

/** Delays grow by up to this share, so that the retries of a failed burst spread out. */
const JITTER = 0.2;

export const isSuccess = (outcome: AttemptOutcome): boolean =>
  outcome.type === "responded" && outcome.status >= 200 && outcome.status <= 299;

/**
 * What follows an attempt. `attempts`: those made since the delivery was started or resent, this one included.
 * `random`: from 0 to 1, exclusive.
 */
export const nextAfter = (outcome: AttemptOutcome, attempts: number, random: number): DeliveryNext => {
  if (isSuccess(outcome)) return { state: "succeeded", retryInMs: null };
  const delayMs = ATTEMPT_DELAYS_MS[attempts];
  if (delayMs === undefined) return { state: "failed", retryInMs: null };
  const askedMs = outcome.type === "responded" ? Math.min(outcome.retryAfterMs ?? 0, MAXIMUM_RETRY_AFTER_MS) : 0;
  return { state: "pending", retryInMs: Math.round(Math.max(delayMs, askedMs) * (1 + JITTER * random)) };
};

/** Whether the outcomes of a turn disable the endpoint. `failingForMs`: since the first failure after the last success. */
export const disabledBy = (
  outcomes: readonly AttemptOutcome[],
  failingForMs: number | null,
): "gone" | "failing" | null => {
  if (outcomes.some((outcome) => outcome.type === "responded" && outcome.status === 410)) return "gone";
  const allFailed = outcomes.length > 0 && !outcomes.some(isSuccess);
  const isOverdue = failingForMs !== null && failingForMs >= DISABLE_AFTER_MS;
  return allFailed && isOverdue ? "failing" : null;
};
