import type { ClientId } from "./client.ts";

/** What became of one request. */
export interface QuotaAnswer {
  readonly granted: boolean;
  /** Requests that the client may still make in this window, as far as this process knows; 0 when refused. */
  readonly remaining: number;
  /** Whole seconds until the window ends and the next one begins, at least 1. */
  readonly resetsInSeconds: number;
}

/** How many requests each client may make in each window of time, however many processes serve it. */
export interface RequestQuota {
  /** Requests a window, at least 1. */
  readonly limit: number;
  readonly windowSeconds: number;

  /**
   * Charges one request to the client, or refuses it because its window holds `limit` requests already.
   *
   * - All processes together MUST NOT grant more than `limit` requests in one window; a client that goes on
   *   asking gets at least 95 % of it from any two of them. Each client has windows and a count of its own.
   * - It answers at once, without a promise, wherever it need not ask storage.
   * - It never fails and never waits for long. While storage is away, each process grants up to `limit`
   *   requests a window by itself.
   */
  take(clientId: ClientId): QuotaAnswer | Promise<QuotaAnswer>;

  /** Takes back what `take` just charged: the request turned out not to be the client's. */
  giveBack(clientId: ClientId): void;
}
