const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/** `Retry-After` (RFC 9110, section 10.2.3), in seconds or as a date, in milliseconds from now. 0 if absent. */
const requestedMs = (retryAfter: string | null): number => {
  if (retryAfter === null) return 0;
  const milliseconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Math.max(0, milliseconds || 0);
};

/**
 * The delay before the next attempt: `Retry-After` plus exponential backoff with full jitter, so that many clients do
 * not retry at the same moment.
 */
export const delayMs = (attempts: number, retryAfter: string | null): number =>
  requestedMs(retryAfter) + Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));

/** @throws the reason of `signal` as soon as it is aborted. */
export const wait = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
