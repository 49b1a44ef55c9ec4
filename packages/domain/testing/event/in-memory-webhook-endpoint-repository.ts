import {
  type Actor,
  type AuditEventType,
  type ClientEvent,
  type ClientId,
  type Clock,
  type EncryptedSecret,
  MAXIMUM_WEBHOOK_ENDPOINTS,
  type OverlapSeconds,
  rotateWebhookSecrets,
  type WebhookDelivery,
  type WebhookEndpoint,
  type WebhookEndpointChanges,
  type WebhookEndpointId,
  type WebhookEndpointLimitReached,
  type WebhookEndpointNotFound,
  type WebhookEndpointRepository,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";

export interface StoredEndpoint {
  endpoint: WebhookEndpoint;
  /** How many of all events have deliveries, if the endpoint wants them. */
  followed: number;
  failingSince: Date | null;
  leaseEndsAt: number;
  claimedAt: number;
  claims: number;
}

export interface StoredDelivery {
  delivery: WebhookDelivery;
  readonly event: ClientEvent;
  attempts: number;
}

/** What the two in-memory adapters share, like the tables of one database. */
export class InMemoryWebhookStorage {
  readonly events: ClientEvent[] = [];
  readonly endpoints: StoredEndpoint[] = [];
  deliveries: StoredDelivery[] = [];
  readonly audited: { readonly type: AuditEventType; readonly actor: Actor }[] = [];
}

export const endpointNotFound: WebhookEndpointNotFound = { type: "webhook-endpoint-not-found" };

export const findIn = (
  storage: InMemoryWebhookStorage,
  clientId: ClientId,
  id: WebhookEndpointId,
): StoredEndpoint | undefined =>
  storage.endpoints.find(({ endpoint }) => endpoint.id === id && endpoint.clientId === clientId);

export class InMemoryWebhookEndpointRepository implements WebhookEndpointRepository {
  readonly #storage: InMemoryWebhookStorage;
  readonly #clock: Clock;

  constructor(storage: InMemoryWebhookStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  create(endpoint: WebhookEndpoint, actor: Actor): ResultAsync<void, WebhookEndpointLimitReached> {
    const { endpoints, events } = this.#storage;
    const owned = endpoints.filter((stored) => stored.endpoint.clientId === endpoint.clientId);
    if (owned.length >= MAXIMUM_WEBHOOK_ENDPOINTS) return errAsync({ type: "webhook-endpoint-limit-reached" });
    endpoints.push({ endpoint, followed: events.length, failingSince: null, leaseEndsAt: 0, claimedAt: 0, claims: 0 });
    this.#storage.audited.push({ type: "webhook-endpoint-created", actor });
    return okAsync(undefined);
  }

  list(clientId: ClientId): ResultAsync<readonly WebhookEndpoint[], never> {
    const owned = this.#storage.endpoints.map(({ endpoint }) => endpoint).filter((one) => one.clientId === clientId);
    return okAsync(owned.reverse());
  }

  find(clientId: ClientId, id: WebhookEndpointId): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound> {
    return this.#change(clientId, id, () => undefined);
  }

  update(
    clientId: ClientId,
    id: WebhookEndpointId,
    changes: WebhookEndpointChanges,
    now: Date,
    actor: Actor,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound> {
    return this.#change(clientId, id, (stored) => {
      const isMoved = changes.url !== undefined && changes.url !== stored.endpoint.url;
      if (changes.disabledReason === null || isMoved) stored.failingSince = null;
      stored.endpoint = { ...stored.endpoint, ...changes, updatedAt: now };
      this.#storage.audited.push({ type: "webhook-endpoint-updated", actor });
    });
  }

  rotateSecret(
    clientId: ClientId,
    id: WebhookEndpointId,
    next: EncryptedSecret,
    overlapSeconds: OverlapSeconds,
    actor: Actor,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound> {
    return this.#change(clientId, id, (stored) => {
      const now = this.#clock.now();
      const secrets = rotateWebhookSecrets(stored.endpoint.secrets, next, overlapSeconds, now);
      stored.endpoint = { ...stored.endpoint, secrets, updatedAt: now };
      this.#storage.audited.push({ type: "webhook-secret-rotated", actor });
    });
  }

  delete(clientId: ClientId, id: WebhookEndpointId, actor: Actor): ResultAsync<void, WebhookEndpointNotFound> {
    const { endpoints, audited } = this.#storage;
    return this.#change(clientId, id, (stored) => {
      endpoints.splice(endpoints.indexOf(stored), 1);
      audited.push({ type: "webhook-endpoint-deleted", actor });
    }).map(() => undefined);
  }

  #change(
    clientId: ClientId,
    id: WebhookEndpointId,
    change: (stored: StoredEndpoint) => unknown,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound> {
    const stored = findIn(this.#storage, clientId, id);
    if (stored === undefined) return errAsync(endpointNotFound);
    change(stored);
    return okAsync(stored.endpoint);
  }
}
