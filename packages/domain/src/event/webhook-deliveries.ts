import type { ResultAsync } from "neverthrow";
import type { ClientId, Mode } from "../client/client.ts";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ClientEvent, EventId } from "./event.ts";
import type { DeliveryAttempt, DeliveryNext, WebhookDelivery, WebhookDeliveryNotFound } from "./webhook-delivery.ts";
import type { WebhookEndpoint, WebhookEndpointId, WebhookEndpointNotFound } from "./webhook-endpoint.ts";

/** - `failing`: the last attempts at the endpoint failed. */
export type EndpointCondition = "healthy" | "failing";

/** An event to send now. */
export interface DueDelivery {
  readonly id: EventId;
  /** The event's JSON, the same for every attempt. */
  readonly body: string;
  /** Attempts since the delivery was started or resent. */
  readonly attempts: number;
}

/** One endpoint, leased to this process, with events that it must receive now. */
export interface WebhookTurn {
  readonly endpoint: WebhookEndpoint;
  /** Identifies the lease. Each claim of the endpoint has another one. */
  readonly lease: string;
  /** The client's. */
  readonly mode: Mode;
  /** Since the first failure after the last success, by the clock of the storage. Null for a healthy endpoint. */
  readonly failingForMs: number | null;
  /** Oldest first. */
  readonly deliveries: readonly DueDelivery[];
  /** More deliveries or events may wait. */
  readonly hasMore: boolean;
}

export interface AttemptedDelivery {
  readonly id: EventId;
  readonly attempt: DeliveryAttempt;
  readonly next: DeliveryNext;
}

/** What became of a turn. */
export interface TurnResult {
  readonly attempted: readonly AttemptedDelivery[];
  /** Null: nothing was attempted, and the condition stays. */
  readonly condition: EndpointCondition | null;
  /** Disables the endpoint and stores the event that says so. */
  readonly disable: { readonly reason: "gone" | "failing"; readonly event: ClientEvent } | null;
}

/** Another client's endpoint counts as not found. Any method may fail with `storage-unavailable`. */
export interface WebhookDeliveries {
  /**
   * Leases at most `limit` enabled endpoints that have an event to send and that no process holds, the longest waiting
   * first. No two calls get the same endpoint before its lease ends. A former secret whose overlap has ended, by the
   * clock of the storage, is left out.
   *
   * An endpoint MUST get every event of its client that its types include and that commits after its creation, also
   * while other transactions commit. A turn has at most `deliveriesPerTurn` deliveries.
   */
  claim(
    condition: EndpointCondition,
    limit: number,
    deliveriesPerTurn: number,
    leaseMs: number,
  ): ResultAsync<readonly WebhookTurn[], StorageUnavailable>;

  /** Makes the leases end `leaseMs` from now. A lease that has ended stays ended. */
  renew(turns: readonly WebhookTurn[], leaseMs: number): ResultAsync<void, StorageUnavailable>;

  /**
   * Stores the deliveries and attempts, and ends the lease. `turn` MUST be an object that `claim` returned. A delivery
   * without an attempt is due again. For an endpoint that was deleted meanwhile, it does nothing.
   *
   * If the endpoint was claimed again after the lease, only the attempts are stored: the later turn decides about the
   * lease and the endpoint. An endpoint whose URL changed meanwhile is not disabled.
   */
  settle(turn: WebhookTurn, result: TurnResult): ResultAsync<void, StorageUnavailable>;

  /** The endpoint's deliveries, newest first, from the end of their first turn. Empty for another client's endpoint. */
  list(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    page: PageRequest<EventId>,
  ): ResultAsync<Page<WebhookDelivery, EventId>, StorageUnavailable>;

  /** Makes a delivery due now, with all attempts of the schedule. */
  resend(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    id: EventId,
  ): ResultAsync<WebhookDelivery, WebhookDeliveryNotFound | StorageUnavailable>;

  /** Delivers an event that is not in the feed to this endpoint only, whatever its types are. */
  add(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    event: ClientEvent,
  ): ResultAsync<WebhookDelivery, WebhookEndpointNotFound | StorageUnavailable>;

  /**
   * Sends the endpoint's events from `since` on again. New events do not wait for them. A second replay replaces one
   * that is not finished.
   */
  replay(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    since: Date,
  ): ResultAsync<void, WebhookEndpointNotFound | StorageUnavailable>;

  /**
   * Deletes at most `limit` attempts, and as many deliveries, that are older by the clock of the storage. Returns how many.
   */
  deleteOlderThan(ageMs: number, limit: number): ResultAsync<number, StorageUnavailable>;
}
