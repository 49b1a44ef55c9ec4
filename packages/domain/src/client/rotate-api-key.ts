import { ok, type Result, type ResultAsync } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import type { Clock } from "../shared/clock.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey, ApiKeyGenerator } from "./api-key.ts";
import type { ClientId, ClientNotFound } from "./client.ts";
import type { ClientRepository } from "./client-repository.ts";

export type OverlapSeconds = Brand<number, "OverlapSeconds">;

export const MAXIMUM_OVERLAP_SECONDS = 86_400;

/** How long the former key keeps working: a whole number of seconds from 0 to one day. */
export const parseOverlapSeconds = (raw: number): Result<OverlapSeconds, InvalidValue> =>
  Number.isInteger(raw) && raw >= 0 && raw <= MAXIMUM_OVERLAP_SECONDS
    ? ok(raw as OverlapSeconds)
    : invalidValue(`must be an integer from 0 to ${MAXIMUM_OVERLAP_SECONDS}`);

export interface RotatedApiKey {
  readonly apiKey: ApiKey;
  /** When the former key stops working; null if there is none that still works. */
  readonly overlapEndsAt: Date | null;
}

/** Issues a client's key, or replaces it. The result is the one place where the new key is known. */
export class RotateApiKey {
  readonly #clients: ClientRepository;
  readonly #keys: ApiKeyGenerator;
  readonly #clock: Clock;

  constructor(clients: ClientRepository, keys: ApiKeyGenerator, clock: Clock) {
    this.#clients = clients;
    this.#keys = keys;
    this.#clock = clock;
  }

  execute(id: ClientId, overlap: OverlapSeconds): ResultAsync<RotatedApiKey, ClientNotFound | StorageUnavailable> {
    const apiKey = this.#keys.generate();
    const now = this.#clock.now();
    const end = overlap === 0 ? null : new Date(now.getTime() + overlap * 1000);
    return this.#clients.replaceApiKey(id, apiKey, end, now).map((overlapEndsAt) => ({ apiKey, overlapEndsAt }));
  }
}
