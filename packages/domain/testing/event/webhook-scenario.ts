import {
  type AttemptOutcome,
  type ClientEvent,
  type ClientId,
  type DeliveryNext,
  type EncryptedSecret,
  type EndpointCondition,
  type EventId,
  rehydrateEncryptedSecret,
  rehydrateEvent,
  rehydrateWebhookEndpoint,
  SERVICE,
  type TurnResult,
  type WebhookDeliveries,
  type WebhookEndpoint,
  type WebhookEndpointRepository,
  type WebhookTurn,
} from "@payments/domain";
import { SequentialIds } from "../shared/clock-and-ids.ts";
import { expectOk } from "../shared/result.ts";

export interface WebhookStorage {
  readonly endpoints: WebhookEndpointRepository;
  readonly deliveries: WebhookDeliveries;
  /** Commits an event, as a change of a payment does. */
  store(event: ClientEvent): Promise<void>;
  /** The types of the client's audit events about endpoints, oldest first. */
  audited(clientId: ClientId): Promise<readonly string[]>;
  /** All events of the client, oldest first. */
  events(clientId: ClientId): Promise<readonly ClientEvent[]>;
  /** Lets time pass for leases and retries. */
  pass(milliseconds: number): Promise<void>;
}

export const eventTime = new Date("2026-01-02T03:04:05.678Z");
export const secretOf = (name: string): EncryptedSecret => rehydrateEncryptedSecret(`aes-256-gcm:00000000:${name}`);
export const LEASE_MS = 60_000;

export const SUCCEEDED: AttemptOutcome = { type: "responded", status: 200, response: "ok ü", retryAfterMs: null };
export const TIMED_OUT: AttemptOutcome = { type: "failed", reason: "timeout" };
export const DONE: DeliveryNext = { state: "succeeded", retryInMs: null };

/** A valid enabled endpoint; say only what the test is about. */
export const aWebhookEndpoint = (
  fields: { uuid: string; clientId: string } & Partial<Parameters<typeof rehydrateWebhookEndpoint>[0]>,
): WebhookEndpoint =>
  rehydrateWebhookEndpoint({
    url: "https://hooks.example/events",
    eventTypes: null,
    description: null,
    disabledReason: null,
    secrets: { current: secretOf("first"), former: null },
    createdAt: eventTime,
    updatedAt: eventTime,
    ...fields,
  });

/** An event about a payment; say only what the test is about. */
export const anEvent = (
  fields: { uuid: string; clientId: string } & Partial<Parameters<typeof rehydrateEvent>[0]>,
): ClientEvent =>
  rehydrateEvent({
    type: "payment.created",
    mode: "live",
    paymentId: null,
    sequence: null,
    object: { id: "pay_1", amount: 1250 },
    createdAt: eventTime,
    ...fields,
  });

export const acme = "client-acme" as ClientId;
export const other = "client-other" as ClientId;

/** The steps that the contracts of webhooks share. */
export const webhookSteps = (storage: () => WebhookStorage) => {
  const ids = new SequentialIds();
  const create = async (fields: Partial<Parameters<typeof aWebhookEndpoint>[0]> = {}): Promise<WebhookEndpoint> => {
    const endpoint = aWebhookEndpoint({ uuid: ids.next(), clientId: acme, ...fields });
    expectOk(await storage().endpoints.create(endpoint, SERVICE));
    return endpoint;
  };
  const store = async (fields: Partial<Parameters<typeof anEvent>[0]> = {}): Promise<ClientEvent> => {
    const event = anEvent({ uuid: ids.next(), clientId: acme, ...fields });
    await storage().store(event);
    return event;
  };
  const claim = async (condition: EndpointCondition = "healthy", limit = 10, perTurn = 10) =>
    expectOk(await storage().deliveries.claim(condition, limit, perTurn, LEASE_MS));
  const idsOf = (turn: WebhookTurn | undefined): readonly EventId[] => (turn?.deliveries ?? []).map(({ id }) => id);
  const resultOf = (
    turn: WebhookTurn,
    outcome: AttemptOutcome,
    next: DeliveryNext,
    more: Partial<TurnResult> = {},
  ): TurnResult => ({
    attempted: turn.deliveries.map(({ id }) => ({
      id,
      attempt: { startedAt: eventTime, durationMs: 12, outcome },
      next,
    })),
    condition: outcome === SUCCEEDED ? "healthy" : "failing",
    disable: null,
    ...more,
  });
  const settle = async (turn: WebhookTurn | undefined, outcome: AttemptOutcome = SUCCEEDED, next = DONE, more = {}) => {
    if (turn === undefined) throw new Error("There is no turn to settle");
    expectOk(await storage().deliveries.settle(turn, resultOf(turn, outcome, next, more)));
  };
  const list = async (
    endpoint: WebhookEndpoint,
    page: Partial<{ limit: number; after: EventId; before: EventId }> = {},
  ) =>
    expectOk(
      await storage().deliveries.list(endpoint.clientId, endpoint.id, {
        limit: 10,
        after: null,
        before: null,
        ...page,
      }),
    );
  return { ids, create, store, claim, idsOf, settle, list };
};
