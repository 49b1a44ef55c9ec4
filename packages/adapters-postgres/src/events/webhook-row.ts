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

/** A delivery within the JSON of a claim. The columns of an event are null if `event` is not. */
interface DueRow extends Omit<EventRow, "client_id" | "created_at"> {
  /** A bigint, as text. */
  readonly position: string;
  readonly created_at: string;
}

interface StoredRow extends DueRow {
  readonly event_id: string;
  readonly event_type: string;
  readonly attempts: number;
  /** An event that is not in the feed, as clients receive it. */
  readonly event: object | null;
}

export interface ClaimedRow extends EndpointRow {
  readonly lease: string;
  readonly failing_for_ms: number | null;
  readonly mode: Mode | null;
  readonly has_more: boolean;
  /** The end of the new events. Null: there are none. */
  readonly feed_position: string | null;
  readonly feed_event_id: string | null;
  readonly due: readonly StoredRow[] | null;
  readonly live: readonly DueRow[] | null;
}

export interface ClaimedDelivery extends DueDelivery {
  readonly uuid: string;
  readonly type: string;
  readonly position: string;
  /** The delivery is stored with its first attempt. */
  readonly isNew: boolean;
}

/** What `settle` must know of a turn. */
export interface ClaimedTurn extends WebhookTurn {
  readonly feedPosition: string | null;
  readonly feedEventId: string | null;
  readonly deliveries: readonly ClaimedDelivery[];
}

const bodyOf = (row: DueRow, clientId: string): string =>
  JSON.stringify(toEventJson(toEvent({ ...row, client_id: clientId, created_at: new Date(row.created_at) })));

const toStored = (row: StoredRow, clientId: string): ClaimedDelivery => ({
  id: createEventId(row.event_id),
  uuid: row.event_id,
  type: row.event_type,
  position: row.position,
  attempts: row.attempts,
  isNew: false,
  body: row.event === null ? bodyOf(row, clientId) : JSON.stringify(row.event),
});

const toNew = (row: DueRow, clientId: string): ClaimedDelivery => ({
  id: createEventId(row.id),
  uuid: row.id,
  type: row.type,
  position: row.position,
  attempts: 0,
  isNew: true,
  body: bodyOf(row, clientId),
});

export const toTurn = (row: ClaimedRow): ClaimedTurn => {
  const stored = (row.due ?? []).map((one) => toStored(one, row.client_id));
  // A turn that lost its lease may have stored a delivery of a new event, which is due.
  const known = new Set(stored.map(({ uuid }) => uuid));
  const live = (row.live ?? []).filter(({ id }) => !known.has(id)).map((one) => toNew(one, row.client_id));
  return {
    endpoint: toEndpoint(row),
    lease: row.lease,
    mode: row.mode ?? "live",
    failingForMs: row.failing_for_ms,
    deliveries: [...stored, ...live],
    hasMore: row.has_more,
    feedPosition: row.feed_position,
    feedEventId: row.feed_event_id,
  };
};

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

interface StoredDelivery {
  readonly client_id: string;
  readonly endpoint_id: string;
  readonly event_type: string;
  readonly state: DeliveryState;
  readonly next_attempt_at: Date | null;
  readonly created_at: Date;
}

/** With the attempt that it was stored with, if any. */
export type DeliveryRow = StoredDelivery & (AttemptRow | { readonly event_id: string; readonly started_at: null });

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
  attempts: [
    ...(row.started_at === null ? [] : [row]),
    ...attempts.filter(({ event_id }) => event_id === row.event_id),
  ].map(toAttempt),
  createdAt: row.created_at,
});
