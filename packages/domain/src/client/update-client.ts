import type { ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { Clock } from "../shared/clock.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { Client, ClientChanges, ClientId, ClientNotFound } from "./client.ts";
import type { ClientAlreadyExists, ClientRepository } from "./client-repository.ts";

export type UpdateClientError = ClientNotFound | ClientAlreadyExists | StorageUnavailable;

/** Changes a client's name, email, status or fee. The keys of a deactivated client are rejected before this returns. */
export class UpdateClient {
  readonly #clients: ClientRepository;
  readonly #clock: Clock;

  constructor(clients: ClientRepository, clock: Clock) {
    this.#clients = clients;
    this.#clock = clock;
  }

  execute(id: ClientId, changes: ClientChanges, actor: Actor): ResultAsync<Client, UpdateClientError> {
    return this.#clients.update(id, changes, this.#clock.now(), actor);
  }
}
