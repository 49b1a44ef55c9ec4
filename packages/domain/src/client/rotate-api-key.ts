import type { ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { Clock } from "../shared/clock.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey, ApiKeyGenerator } from "./api-key.ts";
import type { ClientId, ClientNotFound } from "./client.ts";
import type { ClientRepository } from "./client-repository.ts";
import type { OverlapInProgress, Rotation } from "./credentials.ts";

export interface RotatedApiKey {
  readonly apiKey: ApiKey;
  /** When the former key stops working, by the clock of storage; null if no former key works. */
  readonly overlapEndsAt: Date | null;
}

export type RotateApiKeyError = ClientNotFound | OverlapInProgress | StorageUnavailable;

/** Issues or replaces a client's key. Only the result holds the new key. */
export class RotateApiKey {
  readonly #clients: ClientRepository;
  readonly #keys: ApiKeyGenerator;
  readonly #clock: Clock;

  constructor(clients: ClientRepository, keys: ApiKeyGenerator, clock: Clock) {
    this.#clients = clients;
    this.#keys = keys;
    this.#clock = clock;
  }

  execute(id: ClientId, rotation: Rotation, actor: Actor): ResultAsync<RotatedApiKey, RotateApiKeyError> {
    return this.#clients.find(id).andThen(({ mode }) => {
      const apiKey = this.#keys.generate(mode);
      return this.#clients
        .replaceApiKey(id, apiKey, rotation, this.#clock.now(), actor)
        .map((overlapEndsAt) => ({ apiKey, overlapEndsAt }));
    });
  }
}
