import { DISPUTE_EVENT_TYPES, PAYMENT_EVENT_TYPES, REFUND_EVENT_TYPES } from "@payments/domain";
import { mode } from "../clients/client-schemas.ts";
import { DisputeComponent } from "../disputes/dispute-routes.ts";
import { type Component, component, nullable, object, reference, text, time } from "../openapi/component.ts";
import { PaymentComponent } from "../payments/payment-schemas.ts";
import { RefundComponent } from "../refunds/refund-schemas.ts";
import { WebhookEndpointComponent } from "../webhook-endpoints/webhook-endpoint-schemas.ts";

const FIELDS = ["id", "type", "createdAt", "mode", "sequence", "data"];

const eventOf = (name: string, types: readonly string[], sequence: object, copy: object, uses: readonly Component[]) =>
  component(
    name,
    object("Something that changed.", {
      id: text({ description: "A TypeID with the prefix `evt`.", example: "evt_01kdy42agge009rf8bhszpmqa2" }),
      type: { type: "string", enum: types },
      createdAt: time,
      mode,
      sequence,
      data: object("The changed object.", { object: copy }),
    }),
    uses,
  );

const SEQUENCE = {
  type: "integer",
  minimum: 1,
  description: "Counts the events of a payment without gaps, those of its refunds and disputes included.",
};

const ofPayment = (name: string, types: readonly string[], copy: Component): Component =>
  eventOf(name, types, SEQUENCE, reference(copy.name), [copy]);

const KINDS: readonly (readonly [Component, readonly string[]])[] = [
  [ofPayment("PaymentEvent", PAYMENT_EVENT_TYPES, PaymentComponent), PAYMENT_EVENT_TYPES],
  [ofPayment("RefundEvent", REFUND_EVENT_TYPES, RefundComponent), REFUND_EVENT_TYPES],
  [ofPayment("DisputeEvent", DISPUTE_EVENT_TYPES, DisputeComponent), DISPUTE_EVENT_TYPES],
  [
    eventOf(
      "WebhookEndpointEvent",
      ["webhook_endpoint.disabled"],
      { type: "null" },
      reference(WebhookEndpointComponent.name),
      [WebhookEndpointComponent],
    ),
    ["webhook_endpoint.disabled"],
  ],
];

const EventComponent = component(
  "Event",
  {
    description: "Something that changed, with a full copy of the object right after the change. `type` tells which.",
    oneOf: KINDS.map(([{ name }]) => reference(name)),
    discriminator: {
      propertyName: "type",
      mapping: Object.fromEntries(
        KINDS.flatMap(([{ name }, types]) => types.map((type) => [type, reference(name).$ref])),
      ),
    },
    required: FIELDS,
  },
  KINDS.map(([kind]) => kind),
);

export const EventPageComponent = component(
  "EventPage",
  object("A page of events, oldest first.", {
    data: { type: "array", items: reference(EventComponent.name) },
    hasMore: { type: "boolean", description: "Whether more events are there now." },
    next: {
      ...nullable(text()),
      description:
        "The value for `after`, also at the end of the list: ask again with it later. Null: there was no event yet.",
    },
    previous: { type: "null", description: "Events are read forward only." },
  }),
  [EventComponent],
);
