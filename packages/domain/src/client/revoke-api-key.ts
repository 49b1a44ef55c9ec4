import type { ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { Clock } from "../shared/clock.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ClientId, ClientNotFound } from "./client.ts";
import type { ClientRepository, EndedApiKeys } from "./client-repository.ts";

/** Ends a client's key and a former key in overlap, before this returns. */
export class RevokeApiKey {
  readonly #clients: ClientRepository;
  readonly #clock: Clock;

  constructor(clients: ClientRepository, clock: Clock) {
    this.#clients = clients;
    this.#clock = clock;
  }

  execute(id: ClientId, actor: Actor): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    return this.#clients.revokeApiKey(id, this.#clock.now(), actor);
  }
}

/** Ends a former key in overlap, and only that key, before this returns. */
export class EndFormerApiKey {
  readonly #clients: ClientRepository;
  readonly #clock: Clock;

  constructor(clients: ClientRepository, clock: Clock) {
    this.#clients = clients;
    this.#clock = clock;
  }

  execute(id: ClientId, actor: Actor): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    return this.#clients.endFormerApiKey(id, this.#clock.now(), actor);
  }
}
