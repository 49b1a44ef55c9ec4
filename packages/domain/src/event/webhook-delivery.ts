import { ok, type Result } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import { isTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { EventId, EventType } from "./event.ts";
import type { WebhookEndpointId } from "./webhook-endpoint.ts";

/** The most bytes of a response that an attempt keeps. */
export const MAXIMUM_RESPONSE_BYTES = 1_024;

/**
 * - `address-unavailable`: the host does not resolve, or it resolves to an address that webhooks must not reach. Clients
 *   see no difference, so that they cannot ask for the names of the internal network.
 */
export type AttemptFailure =
  | "timeout"
  | "address-unavailable"
  | "connection-refused"
  | "connection-lost"
  | "tls-failed"
  | "request-failed";

export type AttemptOutcome =
  | {
      readonly type: "responded";
      readonly status: number;
      /** The start of the body, at most `MAXIMUM_RESPONSE_BYTES`. */
      readonly response: string;
      /** From the header `Retry-After`. */
      readonly retryAfterMs: number | null;
    }
  | { readonly type: "failed"; readonly reason: AttemptFailure };

/** One request to the receiver. */
export interface DeliveryAttempt {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
}

export type DeliveryState = "pending" | "succeeded" | "failed";

/** What follows an attempt; `retryInMs` is null unless the state is `pending`. */
export interface DeliveryNext {
  readonly state: DeliveryState;
  readonly retryInMs: number | null;
}

/** One event for one endpoint. It has the id of its event, which is also the `webhook-id` of every attempt. */
export interface WebhookDelivery {
  readonly id: EventId;
  readonly endpointId: WebhookEndpointId;
  readonly clientId: ClientId;
  readonly eventType: EventType;
  readonly state: DeliveryState;
  /** Null unless the state is `pending`. */
  readonly nextAttemptAt: Date | null;
  /** The kept attempts, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  readonly createdAt: Date;
}

export interface WebhookDeliveryNotFound {
  readonly type: "webhook-delivery-not-found";
}

export const parseWebhookDeliveryId = (raw: string): Result<EventId, InvalidValue> =>
  isTypeId("evt", raw) ? ok(raw as EventId) : invalidValue("must be the id of a delivered event");

/** A delivery as clients receive it. */
export const toWebhookDeliveryJson = (delivery: WebhookDelivery) => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  eventType: delivery.eventType,
  status: delivery.state,
  nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
  attempts: delivery.attempts.map(({ startedAt, durationMs, outcome }) => ({
    startedAt: startedAt.toISOString(),
    durationMs,
    responseStatus: outcome.type === "responded" ? outcome.status : null,
    response: outcome.type === "responded" ? outcome.response : null,
    failure: outcome.type === "failed" ? outcome.reason : null,
  })),
  createdAt: delivery.createdAt.toISOString(),
});
