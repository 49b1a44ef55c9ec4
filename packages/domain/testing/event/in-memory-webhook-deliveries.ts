import {
  type AttemptedDelivery,
  type ClientEvent,
  type ClientId,
  type Clock,
  type EndpointCondition,
  type EventId,
  type Page,
  type PageRequest,
  pageOf,
  type TurnResult,
  toEventJson,
  type WebhookDeliveries,
  type WebhookDelivery,
  type WebhookDeliveryNotFound,
  type WebhookEndpoint,
  type WebhookEndpointId,
  type WebhookEndpointNotFound,
  type WebhookTurn,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import {
  endpointNotFound,
  findIn,
  type InMemoryWebhookStorage,
  type StoredDelivery,
  type StoredEndpoint,
} from "./in-memory-webhook-endpoint-repository.ts";

export class InMemoryWebhookDeliveries implements WebhookDeliveries {
  readonly #storage: InMemoryWebhookStorage;
  readonly #clock: Clock;

  constructor(storage: InMemoryWebhookStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  claim(
    condition: EndpointCondition,
    limit: number,
    deliveriesPerTurn: number,
    leaseMs: number,
  ): ResultAsync<readonly WebhookTurn[], never> {
    const now = this.#clock.now().getTime();
    const claimable = this.#storage.endpoints
      .filter(({ endpoint, leaseEndsAt }) => endpoint.disabledReason === null && leaseEndsAt <= now)
      .filter(({ failingSince }) => (failingSince === null) === (condition === "healthy"))
      .sort((one, other) => one.claimedAt - other.claimedAt);
    const turns: WebhookTurn[] = [];
    for (const stored of claimable) {
      this.#follow(stored);
      const due = this.#dueAt(stored.endpoint);
      const [first] = due;
      if (first === undefined || turns.length === limit) continue;
      Object.assign(stored, { leaseEndsAt: now + leaseMs, claimedAt: now, claims: stored.claims + 1 });
      turns.push({
        endpoint: this.#withoutEndedSecret(stored.endpoint),
        lease: String(stored.claims),
        mode: first.event.mode,
        failingForMs: stored.failingSince && now - stored.failingSince.getTime(),
        deliveries: due.slice(0, deliveriesPerTurn).map(({ delivery, event, attempts }) => ({
          id: delivery.id,
          body: JSON.stringify(toEventJson(event)),
          attempts,
        })),
        hasMore: due.length > deliveriesPerTurn,
      });
    }
    return okAsync(turns);
  }

  renew(turns: readonly WebhookTurn[], leaseMs: number): ResultAsync<void, never> {
    const now = this.#clock.now().getTime();
    for (const { endpoint, lease } of turns) {
      const stored = findIn(this.#storage, endpoint.clientId, endpoint.id);
      if (stored === undefined || lease !== String(stored.claims) || stored.leaseEndsAt <= now) continue;
      stored.leaseEndsAt = now + leaseMs;
    }
    return okAsync(undefined);
  }

  settle({ endpoint, lease, deliveries }: WebhookTurn, result: TurnResult): ResultAsync<void, never> {
    const stored = findIn(this.#storage, endpoint.clientId, endpoint.id);
    if (stored === undefined) return okAsync(undefined);
    for (const done of result.attempted) {
      const seen = deliveries.find(({ id }) => id === done.id)?.attempts;
      this.#record(endpoint, done, seen);
    }
    if (lease !== String(stored.claims)) return okAsync(undefined);
    stored.leaseEndsAt = 0;
    if (result.condition === "healthy") stored.failingSince = null;
    if (result.condition === "failing") stored.failingSince ??= this.#clock.now();
    const isSameUrl = stored.endpoint.url === endpoint.url;
    if (result.disable !== null && stored.endpoint.disabledReason === null && isSameUrl) {
      const { reason, event } = result.disable;
      stored.endpoint = { ...stored.endpoint, disabledReason: reason, updatedAt: event.createdAt };
      this.#storage.events.push(event);
    }
    return okAsync(undefined);
  }

  list(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    page: PageRequest<EventId>,
  ): ResultAsync<Page<WebhookDelivery, EventId>, never> {
    const { after, before } = page;
    const owned = this.#ofEndpoint(clientId, endpointId)
      .map(({ delivery }) => delivery)
      .filter(({ id }) => (after === null || id < after) && (before === null || id > before))
      .sort((one, other) => (one.id < other.id === (before === null) ? 1 : -1));
    return okAsync(pageOf(owned.slice(0, page.limit + 1), page));
  }

  resend(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    id: EventId,
  ): ResultAsync<WebhookDelivery, WebhookDeliveryNotFound> {
    const stored = this.#ofEndpoint(clientId, endpointId).find(({ delivery }) => delivery.id === id);
    if (stored === undefined) return errAsync({ type: "webhook-delivery-not-found" });
    this.#restart(stored);
    return okAsync(stored.delivery);
  }

  add(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    event: ClientEvent,
  ): ResultAsync<WebhookDelivery, WebhookEndpointNotFound> {
    const stored = findIn(this.#storage, clientId, endpointId);
    return stored === undefined ? errAsync(endpointNotFound) : okAsync(this.#start(stored.endpoint, event).delivery);
  }

  replay(clientId: ClientId, endpointId: WebhookEndpointId, since: Date): ResultAsync<void, WebhookEndpointNotFound> {
    const stored = findIn(this.#storage, clientId, endpointId);
    if (stored === undefined) return errAsync(endpointNotFound);
    for (const event of this.#storage.events.slice(0, stored.followed)) {
      if (event.createdAt >= since) this.#deliver(stored.endpoint, event);
    }
    return okAsync(undefined);
  }

  deleteOlderThan(ageMs: number, limit: number): ResultAsync<number, never> {
    const endsAt = new Date(this.#clock.now().getTime() - ageMs);
    const old = this.#storage.deliveries.filter(({ delivery }) => delivery.createdAt < endsAt).slice(0, limit);
    this.#storage.deliveries = this.#storage.deliveries.filter((stored) => !old.includes(stored));
    return okAsync(old.length);
  }

  #withoutEndedSecret(endpoint: WebhookEndpoint): WebhookEndpoint {
    const { current, former } = endpoint.secrets;
    const isOver = former === null || former.endsAt <= this.#clock.now();
    return isOver ? { ...endpoint, secrets: { current, former: null } } : endpoint;
  }

  #ofEndpoint(clientId: ClientId, endpointId: WebhookEndpointId): readonly StoredDelivery[] {
    if (findIn(this.#storage, clientId, endpointId) === undefined) return [];
    return this.#storage.deliveries.filter(({ delivery }) => delivery.endpointId === endpointId);
  }

  #dueAt({ clientId, id }: WebhookEndpoint): readonly StoredDelivery[] {
    const now = this.#clock.now();
    return this.#ofEndpoint(clientId, id).filter(
      ({ delivery: { nextAttemptAt } }) => nextAttemptAt !== null && nextAttemptAt <= now,
    );
  }

  #follow(stored: StoredEndpoint): void {
    for (const event of this.#storage.events.slice(stored.followed)) this.#deliver(stored.endpoint, event);
    stored.followed = this.#storage.events.length;
  }

  #deliver(endpoint: WebhookEndpoint, event: ClientEvent): void {
    const { clientId, eventTypes } = endpoint;
    if (event.clientId !== clientId || (eventTypes !== null && !eventTypes.includes(event.type))) return;
    const stored = this.#ofEndpoint(clientId, endpoint.id).find(({ delivery }) => delivery.id === event.id);
    if (stored === undefined) this.#start(endpoint, event);
    else this.#restart(stored);
  }

  #start(endpoint: WebhookEndpoint, event: ClientEvent): StoredDelivery {
    const now = this.#clock.now();
    const delivery: WebhookDelivery = {
      id: event.id,
      endpointId: endpoint.id,
      clientId: endpoint.clientId,
      eventType: event.type,
      state: "pending",
      nextAttemptAt: now,
      attempts: [],
      createdAt: now,
    };
    const stored = { delivery, event, attempts: 0 };
    this.#storage.deliveries.push(stored);
    return stored;
  }

  #restart(stored: StoredDelivery): void {
    stored.attempts = 0;
    stored.delivery = { ...stored.delivery, state: "pending", nextAttemptAt: this.#clock.now() };
  }

  #record(endpoint: WebhookEndpoint, { id, attempt, next }: AttemptedDelivery, seen: number | undefined): void {
    const stored = this.#ofEndpoint(endpoint.clientId, endpoint.id).find(({ delivery }) => delivery.id === id);
    if (stored === undefined) return;
    const attempts = [...stored.delivery.attempts, attempt];
    if (stored.attempts !== seen || stored.delivery.state !== "pending") {
      stored.delivery = { ...stored.delivery, attempts };
      return;
    }
    const nextAttemptAt = next.retryInMs === null ? null : new Date(this.#clock.now().getTime() + next.retryInMs);
    stored.attempts += 1;
    stored.delivery = { ...stored.delivery, attempts, state: next.state, nextAttemptAt };
  }
}
