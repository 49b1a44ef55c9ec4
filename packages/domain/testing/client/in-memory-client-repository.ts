import {
  type Actor,
  type ApiKey,
  type AuditDetails,
  type AuditEventType,
  type Client,
  type ClientAlreadyExists,
  type ClientId,
  type ClientNotFound,
  type ClientRepository,
  type ClientUpdate,
  type Clock,
  type Credentials,
  type EndedApiKeys,
  endFormer,
  type IdempotencyKey,
  type IdempotencyKeyReused,
  isCurrent,
  type Mode,
  type OverlapInProgress,
  type Page,
  type PageRequest,
  type ProcessorAccount,
  pageOf,
  type Rotation,
  revoke,
  rotate,
  type StoredApiKey,
  type StoredCreation,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { appendAuditEvent } from "../audit/in-memory-audit-log.ts";
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

  create(
    client: Client,
    apiKey: ApiKey,
    actor: Actor,
    idempotencyKey: IdempotencyKey | null,
  ): ResultAsync<StoredCreation, ClientAlreadyExists | IdempotencyKeyReused> {
    const request = JSON.stringify([client.name, client.email, client.mode]);
    const earlier = [...this.#storage.clients.values()].find(
      ({ creation }) => creation !== null && creation.idempotencyKey === idempotencyKey,
    );
    if (earlier !== undefined) {
      return earlier.creation?.request === request
        ? okAsync({ client: earlier.client, replayed: true })
        : errAsync({ type: "idempotency-key-reused" });
    }
    if (this.#storage.clients.has(client.id)) return errAsync({ type: "client-already-exists" });
    this.#storage.clients.set(client.id, {
      client,
      credentials: { type: "current", current: encode(apiKey) },
      ended: null,
      creation: idempotencyKey === null ? null : { idempotencyKey, request },
    });
    this.#audit(client.id, "client-created", actor, { keyHint: apiKey.hint, mode: client.mode });
    return okAsync({ client, replayed: false });
  }

  find(id: ClientId): ResultAsync<Client, ClientNotFound> {
    return this.#change(id, () => {}).map(({ client }) => client);
  }

  findByProcessorAccount(mode: Mode, account: ProcessorAccount): ResultAsync<Client, ClientNotFound> {
    const found = [...this.#storage.clients.values()]
      .map(({ client }) => client)
      .find((client) => client.mode === mode && client.processorAccount === account);
    return found === undefined ? errAsync(notFound) : okAsync(found);
  }

  list(request: PageRequest<ClientId>): ResultAsync<Page<Client, ClientId>, never> {
    const all = [...this.#storage.clients.values()].map(({ client }) => client).sort(newestFirst);
    const cursor = all.findIndex(({ id }) => id === (request.after ?? request.before));
    const found = (request.after === null && request.before === null) || cursor !== -1;
    const older = all.slice(cursor + 1);
    const newer = all.slice(0, Math.max(cursor, 0)).reverse();
    return okAsync(pageOf(found ? (request.before === null ? older : newer).slice(0, request.limit + 1) : [], request));
  }

  update(id: ClientId, changes: ClientUpdate, now: Date, actor: Actor): ResultAsync<Client, ClientNotFound> {
    return this.#change(id, (stored) => {
      stored.client = { ...stored.client, ...changes, updatedAt: now };
      const { keyHint, status, fee, processorAccount, processorChargesEnabled } = stored.client;
      this.#audit(id, "client-updated", actor, {
        fields: Object.keys(changes),
        status,
        keyHint,
        fee: { basisPoints: Number(fee.basisPoints), fixed: Number(fee.fixed) },
        processorAccount,
        processorChargesEnabled,
      });
    }).map(({ client }) => client);
  }

  replaceApiKey(
    id: ClientId,
    apiKey: ApiKey,
    rotation: Rotation,
    now: Date,
    actor: Actor,
  ): ResultAsync<Date | null, ClientNotFound | OverlapInProgress> {
    const stored = this.#storage.clients.get(id);
    if (stored === undefined) return errAsync(notFound);
    return rotate(stored.credentials, encode(apiKey), rotation, this.#clock.now())
      .map((credentials) => {
        this.#setCredentials(stored, credentials, now);
        stored.client = { ...stored.client, keyHint: apiKey.hint };
        const overlapEndsAt = credentials.type === "overlap" ? credentials.endsAt : null;
        this.#audit(id, "api-key-rotated", actor, { keyHint: apiKey.hint, overlapEndsAt });
        return overlapEndsAt;
      })
      .match(
        (endsAt) => okAsync(endsAt),
        (error) => errAsync(error),
      );
  }

  revokeApiKey(id: ClientId, now: Date, actor: Actor): ResultAsync<EndedApiKeys, ClientNotFound> {
    const before = this.#storage.clients.get(id)?.credentials.type;
    return this.#end(id, revoke, now).map((ended) => {
      if (before !== "revoked") this.#audit(id, "api-key-revoked", actor, { ...ended });
      return ended;
    });
  }

  endFormerApiKey(id: ClientId, now: Date, actor: Actor): ResultAsync<EndedApiKeys, ClientNotFound> {
    return this.#end(id, endFormer, now).map((ended) => {
      const { formerKeyHint } = ended;
      if (formerKeyHint !== null) this.#audit(id, "former-api-key-ended", actor, { formerKeyHint });
      return ended;
    });
  }

  #audit(clientId: ClientId, type: AuditEventType, actor: Actor, details: AuditDetails): void {
    appendAuditEvent(this.#storage, this.#clock, { clientId, type, actor, details });
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
