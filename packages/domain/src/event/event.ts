import type { ClientId, Mode } from "../client/client.ts";
import type { PaymentId } from "../payment/payment.ts";
import type { DisputeJson, PaymentJson, RefundJson } from "../payment/payment-json.ts";
import type { Brand } from "../shared/brand.ts";
import { toTypeId } from "../shared/ids.ts";

export type EventId = Brand<string, "EventId">;

export const PAYMENT_EVENT_TYPES = [
  "payment.created",
  "payment.processing",
  "payment.requires_action",
  "payment.authorized",
  "payment.succeeded",
  "payment.failed",
  "payment.canceled",
  "payment.expired",
] as const;
export const REFUND_EVENT_TYPES = ["refund.created", "refund.succeeded", "refund.failed"] as const;
export const DISPUTE_EVENT_TYPES = ["dispute.opened", "dispute.updated", "dispute.closed"] as const;
export const ENDPOINT_EVENT_TYPES = ["webhook_endpoint.disabled", "webhook_endpoint.test"] as const;

export const EVENT_TYPES = [
  ...PAYMENT_EVENT_TYPES,
  ...REFUND_EVENT_TYPES,
  ...DISPUTE_EVENT_TYPES,
  ...ENDPOINT_EVENT_TYPES,
] as const;

export type PaymentEventType = (typeof PAYMENT_EVENT_TYPES)[number];
export type RefundEventType = (typeof REFUND_EVENT_TYPES)[number];
export type DisputeEventType = (typeof DISPUTE_EVENT_TYPES)[number];
export type EndpointEventType = (typeof ENDPOINT_EVENT_TYPES)[number];
export type EventType = (typeof EVENT_TYPES)[number];

interface EventOrigin {
  readonly id: EventId;
  readonly clientId: ClientId;
  readonly mode: Mode;
  readonly createdAt: Date;
}

/** `sequence` counts the events of a payment from 1 without gaps, those of its refunds and disputes included. */
interface OfPayment extends EventOrigin {
  readonly paymentId: PaymentId;
  readonly sequence: number;
}

interface OfEndpoint extends EventOrigin {
  readonly paymentId: null;
  readonly sequence: null;
}

/** Something that changed, with a full copy of the object right after the change. */
export type ClientEvent =
  | (OfPayment & { readonly type: PaymentEventType; readonly object: PaymentJson })
  | (OfPayment & { readonly type: RefundEventType; readonly object: RefundJson })
  | (OfPayment & { readonly type: DisputeEventType; readonly object: DisputeJson })
  | (OfEndpoint & { readonly type: EndpointEventType; readonly object: Readonly<Record<string, unknown>> });

export const createEventId = (uuid: string): EventId => toTypeId("evt", uuid) as EventId;

/** An event as clients receive it, from the feed and by webhook. */
export interface EventJson {
  readonly id: EventId;
  readonly type: EventType;
  readonly createdAt: string;
  readonly mode: Mode;
  readonly sequence: number | null;
  readonly data: { readonly object: object };
}

export const toEventJson = ({ id, type, createdAt, mode, sequence, object }: ClientEvent): EventJson => ({
  id,
  type,
  createdAt: createdAt.toISOString(),
  mode,
  sequence,
  data: { object },
});

/** From storage, which holds the object as JSON. */
export const rehydrateEvent = (stored: {
  readonly uuid: string;
  readonly clientId: string;
  readonly type: string;
  readonly mode: string;
  readonly paymentId: PaymentId | null;
  readonly sequence: number | null;
  readonly object: unknown;
  readonly createdAt: Date;
}): ClientEvent => {
  const { uuid, ...event } = stored;
  return { id: createEventId(uuid), ...event } as ClientEvent;
};
