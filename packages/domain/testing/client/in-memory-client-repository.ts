import {
  type ApiKey,
  type Client,
  type ClientAlreadyExists,
  type ClientChanges,
  type ClientId,
  type ClientNotFound,
  type ClientRepository,
  type Clock,
  type Credentials,
  type EndedApiKeys,
  endFormer,
  isCurrent,
  type OverlapInProgress,
  type Page,
  type PageRequest,
  pageOf,
  type Rotation,
  revoke,
  rotate,
  type StoredApiKey,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { encode, hintOf, type InMemoryStorage, type StoredClient } from "../shared/in-memory-storage.ts";

const notFound: ClientNotFound = { type: "client-not-found" };

/** The current key, then the former one. */
const keysOf = (credentials: Credentials): readonly StoredApiKey[] => {
  if (credentials.type === "overlap") return [credentials.current, credentials.former];
  return credentials.type === "current" ? [credentials.current] : [];
};

const newestFirst = (one: Client, other: Client): number =>
  other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1);

export class InMemoryClientRepository implements ClientRepository {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;

  constructor(storage: InMemoryStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  create(client: Client, apiKey: ApiKey): ResultAsync<void, ClientAlreadyExists> {
    if (this.#storage.clients.has(client.id)) return errAsync({ type: "client-already-exists" });
    this.#storage.clients.set(client.id, {
      client,
      credentials: { type: "current", current: encode(apiKey) },
      ended: null,
    });
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
    rotation: Rotation,
    now: Date,
  ): ResultAsync<Date | null, ClientNotFound | OverlapInProgress> {
    const stored = this.#storage.clients.get(id);
    if (stored === undefined) return errAsync(notFound);
    return rotate(stored.credentials, encode(apiKey), rotation, this.#clock.now())
      .map((credentials) => {
        this.#setCredentials(stored, credentials, now);
        stored.client = { ...stored.client, keyHint: apiKey.hint };
        return credentials.type === "overlap" ? credentials.endsAt : null;
      })
      .match(
        (endsAt) => okAsync(endsAt),
        (error) => errAsync(error),
      );
  }

  revokeApiKey(id: ClientId, now: Date): ResultAsync<EndedApiKeys, ClientNotFound> {
    return this.#end(id, revoke, now);
  }

  endFormerApiKey(id: ClientId, now: Date): ResultAsync<EndedApiKeys, ClientNotFound> {
    return this.#end(id, endFormer, now);
  }

  #end(
    id: ClientId,
    transition: (credentials: Credentials) => Credentials,
    now: Date,
  ): ResultAsync<EndedApiKeys, ClientNotFound> {
    const stored = this.#storage.clients.get(id);
    if (stored === undefined) return errAsync(notFound);
    const before = stored.credentials;
    this.#setCredentials(stored, transition(before), now);
    const time = this.#clock.now();
    const isEnded = (key: StoredApiKey) => isCurrent(before, key, time) && !isCurrent(stored.credentials, key, time);
    const [currentKey, formerKey] = keysOf(before);
    return okAsync({
      keyHint: currentKey !== undefined && isEnded(currentKey) ? hintOf(currentKey) : null,
      formerKeyHint: formerKey !== undefined && isEnded(formerKey) ? hintOf(formerKey) : null,
    });
  }

  #setCredentials(stored: StoredClient, credentials: Credentials, now: Date): void {
    const before = stored.credentials;
    const kept = keysOf(credentials);
    const key = keysOf(before).find((candidate) => !kept.includes(candidate));
    if (key !== undefined) {
      const time = this.#clock.now();
      const isFormer = before.type === "overlap" && before.former === key && before.endsAt < time;
      stored.ended = { key, endedAt: isFormer ? before.endsAt : time };
    }
    stored.credentials = credentials;
    const keyHint = kept.length === 0 ? null : stored.client.keyHint;
    stored.client = { ...stored.client, keyHint, updatedAt: now };
  }

  #change(id: ClientId, change: (stored: StoredClient) => void): ResultAsync<StoredClient, ClientNotFound> {
    const stored = this.#storage.clients.get(id);
    if (stored === undefined) return errAsync(notFound);
    change(stored);
    return okAsync(stored);
  }
}
