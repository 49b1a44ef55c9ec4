const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** `Retry-After` (RFC 9110, section 10.2.3), seconds or a date, in milliseconds from now; 0 where it says nothing. */
const askedFor = (retryAfter: string | null): number => {
  if (retryAfter === null) return 0;
  const milliseconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Math.max(0, milliseconds || 0);
};

/**
 * How long to wait before the next try, in milliseconds: what the service asks for, and on top of it a random part
 * (full jitter) of a time that doubles with each try, so that many clients don't come back at once.
 */
export const waitBefore = (triesSoFar: number, retryAfter: string | null): number =>
  askedFor(retryAfter) + Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (triesSoFar - 1));

/** @throws the reason of `signal`, as soon as that is aborted. */
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
