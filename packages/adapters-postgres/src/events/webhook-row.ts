import {
  type AttemptFailure,
  type AttemptOutcome,
  type ClientId,
  createEventId,
  createWebhookEndpointId,
  type DeliveryAttempt,
  type DeliveryState,
  type DueDelivery,
  type EventType,
  type Mode,
  rehydrateEncryptedSecret,
  rehydrateWebhookEndpoint,
  toEventJson,
  type WebhookDelivery,
  type WebhookEndpoint,
  type WebhookTurn,
} from "@payments/domain";
import { type EventRow, toEvent } from "./event-row.ts";

export interface EndpointRow {
  readonly client_id: string;
  readonly id: string;
  readonly url: string;
  readonly event_types: readonly string[] | null;
  readonly description: string | null;
  readonly disabled_reason: string | null;
  readonly secret: string;
  readonly former_secret: string | null;
  readonly former_secret_ends_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const toEndpoint = (row: EndpointRow): WebhookEndpoint =>
  rehydrateWebhookEndpoint({
    uuid: row.id,
    clientId: row.client_id,
    url: row.url,
    eventTypes: row.event_types,
    description: row.description,
    disabledReason: row.disabled_reason,
    secrets: {
      current: rehydrateEncryptedSecret(row.secret),
      former:
        row.former_secret === null || row.former_secret_ends_at === null
          ? null
          : { secret: rehydrateEncryptedSecret(row.former_secret), endsAt: row.former_secret_ends_at },
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  });

/** Within the JSON of a claim. The columns of an event are null if `event` is not. */
interface DueRow extends Omit<EventRow, "created_at"> {
  readonly event_id: string;
  readonly attempts: number;
  /** An event that is not in the feed, as clients receive it. */
  readonly event: object | null;
  readonly created_at: string;
}

const toDueDelivery = (row: DueRow): DueDelivery => ({
  id: createEventId(row.event_id),
  attempts: row.attempts,
  body: JSON.stringify(row.event ?? toEventJson(toEvent({ ...row, created_at: new Date(row.created_at) }))),
});

export interface ClaimedRow extends EndpointRow {
  readonly lease: string;
  readonly failing_for_ms: number | null;
  readonly mode: Mode | null;
  readonly has_more: boolean;
  /** One more than the turn may have, if more are due. */
  readonly deliveries: readonly DueRow[];
}

export const toTurn = (row: ClaimedRow, deliveriesPerTurn: number): WebhookTurn => ({
  endpoint: toEndpoint(row),
  lease: row.lease,
  mode: row.mode ?? "live",
  failingForMs: row.failing_for_ms,
  deliveries: row.deliveries.slice(0, deliveriesPerTurn).map(toDueDelivery),
  hasMore: row.has_more || row.deliveries.length > deliveriesPerTurn,
});

export interface DeliveryRow {
  readonly client_id: string;
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly state: DeliveryState;
  readonly next_attempt_at: Date | null;
  readonly created_at: Date;
}

export interface AttemptRow {
  readonly event_id: string;
  readonly started_at: Date;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly response: string | null;
  /** A bigint, so the driver returns text. */
  readonly retry_after_ms: string | null;
  readonly failure: AttemptFailure | null;
}

const toAttempt = (row: AttemptRow): DeliveryAttempt => {
  const outcome: AttemptOutcome =
    row.status === null
      ? { type: "failed", reason: row.failure ?? "request-failed" }
      : {
          type: "responded",
          status: row.status,
          response: row.response ?? "",
          retryAfterMs: row.retry_after_ms === null ? null : Number(row.retry_after_ms),
        };
  return { startedAt: row.started_at, durationMs: row.duration_ms, outcome };
};

export const toDelivery = (row: DeliveryRow, attempts: readonly AttemptRow[]): WebhookDelivery => ({
  id: createEventId(row.event_id),
  endpointId: createWebhookEndpointId(row.endpoint_id),
  clientId: row.client_id as ClientId,
  eventType: row.event_type as EventType,
  state: row.state,
  nextAttemptAt: row.next_attempt_at,
  attempts: attempts.filter(({ event_id }) => event_id === row.event_id).map(toAttempt),
  createdAt: row.created_at,
});
