import type { ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { IdempotencyKeyReused } from "../payment/create-payment.ts";
import type { IdempotencyKey } from "../payment/idempotency-key.ts";
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
  readonly idempotencyKey: IdempotencyKey | null;
}

export interface CreatedClient {
  readonly client: Client;
  /** Null if an earlier call with the same idempotency key created the client: only that call returned the key. */
  readonly apiKey: ApiKey | null;
}

export type CreateClientError = ClientAlreadyExists | IdempotencyKeyReused | StorageUnavailable;

/** Creates an active client with its first API key, once per idempotency key. Only the result holds the key. */
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

  execute(
    { name, email, mode, idempotencyKey }: CreateClientCommand,
    actor: Actor,
  ): ResultAsync<CreatedClient, CreateClientError> {
    const apiKey = this.#keys.generate(mode);
    const client = createClient({ name, email, mode, keyHint: apiKey.hint }, this.#ids, this.#clock.now());
    return this.#clients
      .create(client, apiKey, actor, idempotencyKey)
      .map((stored) => ({ client: stored.client, apiKey: stored.replayed ? null : apiKey }));
  }
}
