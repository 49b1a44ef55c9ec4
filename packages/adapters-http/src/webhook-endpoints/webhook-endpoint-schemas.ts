import {
  EVENT_TYPES,
  MAXIMUM_OVERLAP_SECONDS,
  MAXIMUM_WEBHOOK_DESCRIPTION_LENGTH,
  MAXIMUM_WEBHOOK_URL_LENGTH,
  type OverlapSeconds,
  parseEventType,
  parseOverlapSeconds,
  parseWebhookDescription,
  parseWebhookEndpointId,
} from "@payments/domain";
import { z } from "zod";
import { component, nullable, object, pageOf, text, time } from "../openapi/component.ts";
import { parsedBy } from "../routing/validate.ts";

/** The path's `{id}`. */
export const ENDPOINT_ID = { parse: parseWebhookEndpointId, absent: "webhook-endpoint-not-found" } as const;

const url = z.string().meta({
  format: "uri",
  maxLength: MAXIMUM_WEBHOOK_URL_LENGTH,
  example: "https://example.com/webhooks",
  description: "An https URL without credentials that resolves to public addresses.",
});
const eventTypes = z
  .array(parsedBy(z.string().meta({ enum: EVENT_TYPES }), parseEventType))
  .min(1, "must have at least one type, or be null for all types")
  .max(EVENT_TYPES.length, `must have at most ${EVENT_TYPES.length} types`)
  .refine((types) => new Set(types).size === types.length, "must name each type once")
  .meta({ uniqueItems: true, description: "The types to receive. Null: all, also those that are added later." })
  .nullable();
const description = parsedBy(
  z.string().meta({ maxLength: MAXIMUM_WEBHOOK_DESCRIPTION_LENGTH, example: "Order system" }),
  parseWebhookDescription,
).nullable();

export const CreateWebhookEndpointRequest = z.strictObject({
  url,
  eventTypes: eventTypes.default(null),
  description: description.default(null),
});

export const UpdateWebhookEndpointRequest = z
  .strictObject({
    url: url.optional(),
    eventTypes: eventTypes.optional(),
    description: description.optional(),
    status: z.enum(["enabled", "disabled"], "must be enabled or disabled").optional(),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), "must have a field to change")
  .meta({ minProperties: 1 });

export const RotateWebhookSecretRequest = z.strictObject({
  overlapSeconds: parsedBy(
    z.number().meta({
      type: "integer",
      minimum: 0,
      maximum: MAXIMUM_OVERLAP_SECONDS,
      description: "How long the former secret signs too, in seconds.",
    }),
    parseOverlapSeconds,
  ).default(0 as OverlapSeconds),
});

export const ReplayRequest = z.strictObject({
  since: z.iso
    .datetime({ offset: true, message: "must be a time of RFC 3339, such as 2026-01-02T03:04:05Z" })
    .transform((time) => new Date(time)),
});

const endpointFields = {
  id: text({
    description: "A TypeID with the prefix `we`.",
    pattern: "^we_[0-7][0-9a-hjkmnp-tv-z]{25}$",
    example: "we_01kdy42agge009rf8bhszpmqa2",
  }),
  url: text({ format: "uri", example: "https://example.com/webhooks" }),
  eventTypes: {
    ...nullable({ type: "array", items: { type: "string", enum: EVENT_TYPES } }),
    description: "Null: all types, also those that are added later.",
  },
  description: nullable(text({ example: "Order system" })),
  status: { type: "string", enum: ["enabled", "disabled"] },
  disabledReason: {
    ...nullable({ type: "string", enum: ["client", "operator", "gone", "failing"] }),
    description: "`gone`: the URL responded with 410. `failing`: no delivery succeeded for five days.",
  },
  formerSecretEndsAt: { ...nullable(time), description: "Until then, the former secret signs too." },
  createdAt: time,
  updatedAt: time,
};

export const WebhookEndpointComponent = component(
  "WebhookEndpoint",
  object("A URL that receives a client's events.", endpointFields),
);

export const WebhookEndpointWithSecretComponent = component(
  "WebhookEndpointWithSecret",
  object("A webhook endpoint with its secret, which is shown only here.", {
    ...endpointFields,
    secret: text({
      description: "Verifies the signatures, as Standard Webhooks defines.",
      pattern: "^whsec_[A-Za-z0-9+/]+=*$",
    }),
  }),
);

export const WebhookEndpointPageComponent = pageOf(WebhookEndpointComponent);

export const WebhookDeliveryComponent = component(
  "WebhookDelivery",
  object("One event for one endpoint.", {
    id: text({
      description: "The id of the event, and the `webhook-id` of every attempt.",
      example: "evt_01kdy42agge009rf8bhszpmqa2",
    }),
    endpointId: text({ example: "we_01kdy42agge009rf8bhszpmqa2" }),
    eventType: { type: "string", enum: EVENT_TYPES },
    status: { type: "string", enum: ["pending", "succeeded", "failed"] },
    nextAttemptAt: nullable(time),
    attempts: {
      type: "array",
      description: "The attempts of the last 30 days, oldest first.",
      items: object("One request to the URL.", {
        startedAt: time,
        durationMs: { type: "integer", example: 120 },
        responseStatus: nullable({ type: "integer", example: 200 }),
        response: { ...nullable(text()), description: "The first KiB of the response." },
        failure: {
          ...nullable({
            type: "string",
            enum: [
              "timeout",
              "address-unavailable",
              "connection-refused",
              "connection-lost",
              "tls-failed",
              "request-failed",
            ],
          }),
          description:
            "Why there was no response. `address-unavailable`: the host does not resolve, or webhooks must not reach its address.",
        },
      }),
    },
    createdAt: time,
  }),
);

export const WebhookDeliveryPageComponent = pageOf(WebhookDeliveryComponent);
