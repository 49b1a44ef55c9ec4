import {
  type ApiKey,
  type Client,
  type ClientAlreadyExists,
  type ClientChanges,
  type ClientId,
  type ClientNotFound,
  type ClientRepository,
  type Page,
  type PageRequest,
  pageOf,
  revoke,
  rotate,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { encode, type InMemoryStorage, type StoredClient } from "../shared/in-memory-storage.ts";

const notFound: ClientNotFound = { type: "client-not-found" };

const newestFirst = (one: Client, other: Client): number =>
  other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1);

export class InMemoryClientRepository implements ClientRepository {
  readonly #storage: InMemoryStorage;

  constructor(storage: InMemoryStorage) {
    this.#storage = storage;
  }

  create(client: Client, apiKey: ApiKey): ResultAsync<void, ClientAlreadyExists> {
    if (this.#storage.clients.has(client.id)) return errAsync({ type: "client-already-exists" });
    this.#storage.clients.set(client.id, { client, credentials: rotate({ type: "none" }, encode(apiKey), null) });
    return okAsync(undefined);
  }

  find(id: ClientId): ResultAsync<Client, ClientNotFound> {
    return this.#change(id, () => {}).map(({ client }) => client);
  }

  list(request: PageRequest<ClientId>): ResultAsync<Page<Client, ClientId>, never> {
    const all = [...this.#storage.clients.values()].map(({ client }) => client).sort(newestFirst);
    const cursor = all.findIndex(({ id }) => id === (request.after ?? request.before));
    const found = (request.after === null && request.before === null) || cursor !== -1;
    const older = all.slice(cursor + 1);
    const newer = all.slice(0, Math.max(cursor, 0)).reverse();
    return okAsync(pageOf(found ? (request.before === null ? older : newer).slice(0, request.limit + 1) : [], request));
  }

  update(id: ClientId, changes: ClientChanges, now: Date): ResultAsync<Client, ClientNotFound> {
    return this.#change(id, (stored) => {
      stored.client = { ...stored.client, ...changes, updatedAt: now };
    }).map(({ client }) => client);
  }

  replaceApiKey(
    id: ClientId,
    apiKey: ApiKey,
    overlapEndsAt: Date | null,
    now: Date,
  ): ResultAsync<Date | null, ClientNotFound> {
    return this.#change(id, (stored) => {
      stored.credentials = rotate(stored.credentials, encode(apiKey), overlapEndsAt);
      stored.client = { ...stored.client, keyHint: apiKey.hint, updatedAt: now };
    }).map(({ credentials }) => (credentials.type === "overlap" ? credentials.endsAt : null));
  }

  revokeApiKey(id: ClientId, now: Date): ResultAsync<void, ClientNotFound> {
    return this.#change(id, (stored) => {
      stored.credentials = revoke(stored.credentials);
      stored.client = { ...stored.client, keyHint: null, updatedAt: now };
    }).map(() => undefined);
  }

  #change(id: ClientId, change: (stored: StoredClient) => void): ResultAsync<StoredClient, ClientNotFound> {
    const stored = this.#storage.clients.get(id);
    if (stored === undefined) return errAsync(notFound);
    change(stored);
    return okAsync(stored);
  }
}
