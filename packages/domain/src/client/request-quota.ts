import type { ClientId } from "./client.ts";

/** The decision on one request. */
export interface QuotaDecision {
  readonly granted: boolean;
  /** The remaining requests of this window, as far as this process knows; 0 if not granted. */
  readonly remaining: number;
  /** Whole seconds until the next window starts, at least 1. */
  readonly resetsInSeconds: number;
}

/** Limits the requests of each client per window, across all processes. */
export interface RequestQuota {
  /** Requests per window, at least 1. */
  readonly limit: number;
  readonly windowSeconds: number;

  /**
   * Charges one request to the client. It is not granted if the window has used up `limit`.
   *
   * - All processes together MUST NOT grant more than `limit` requests in one window. A client that keeps sending gets
   *   at least 95 % of the limit from any two processes. Each client has its own windows.
   * - The result is a promise only if the call reads storage.
   * - It never fails, and waits only briefly. While storage is unavailable, each process grants up to `limit` requests
   *   per window.
   */
  take(clientId: ClientId): QuotaDecision | Promise<QuotaDecision>;

  /** Reverts the last `take`, for a request that failed to authenticate after it was charged. */
  giveBack(clientId: ClientId): void;
}
