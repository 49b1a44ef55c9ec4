import type { ResultAsync } from "neverthrow";
import type { Clock } from "../shared/clock.ts";
import type { IdGenerator } from "../shared/ids.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey, ApiKeyGenerator } from "./api-key.ts";
import { type Client, type ClientName, createClient, type EmailAddress, type Mode } from "./client.ts";
import type { ClientAlreadyExists, ClientRepository } from "./client-repository.ts";

export interface CreateClientCommand {
  readonly name: ClientName;
  readonly email: EmailAddress;
  readonly mode: Mode;
}

export type CreateClientError = ClientAlreadyExists | StorageUnavailable;

/** Creates an active client with its first API key. Only the result holds the key. */
export class CreateClient {
  readonly #clients: ClientRepository;
  readonly #keys: ApiKeyGenerator;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;

  constructor(clients: ClientRepository, keys: ApiKeyGenerator, ids: IdGenerator, clock: Clock) {
    this.#clients = clients;
    this.#keys = keys;
    this.#ids = ids;
    this.#clock = clock;
  }

  execute({
    name,
    email,
    mode,
  }: CreateClientCommand): ResultAsync<{ client: Client; apiKey: ApiKey }, CreateClientError> {
    const apiKey = this.#keys.generate(mode);
    const client = createClient({ name, email, mode, keyHint: apiKey.hint }, this.#ids, this.#clock.now());
    return this.#clients.create(client, apiKey).map(() => ({ client, apiKey }));
  }
}
