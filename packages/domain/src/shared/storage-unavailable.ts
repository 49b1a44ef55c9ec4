/**
 * Storage could not be reached, was too busy, or broke off before it answered. A write that ends so
 * may or may not have happened: repeat it only under the same idempotency key.
 */
export interface StorageUnavailable {
  readonly type: "storage-unavailable";
  /** For the log, never for the caller. */
  readonly cause: unknown;
}

export const storageUnavailable = (cause: unknown): StorageUnavailable => ({ type: "storage-unavailable", cause });
