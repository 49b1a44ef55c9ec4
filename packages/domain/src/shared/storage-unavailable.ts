/**
 * Storage was unreachable or too busy, or the connection was lost before its response. The write may or may not have
 * happened: repeat it only under the same idempotency key.
 */
export interface StorageUnavailable {
  readonly type: "storage-unavailable";
  /** For the log only, never for the caller. */
  readonly cause: unknown;
}

export const storageUnavailable = (cause: unknown): StorageUnavailable => ({ type: "storage-unavailable", cause });
