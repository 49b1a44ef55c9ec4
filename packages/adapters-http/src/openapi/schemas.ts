import { z } from "zod";
import { CreateClientRequest, RotateApiKeyRequest, UpdateClientRequest } from "../clients/client-schemas.ts";
import { CreatePaymentRequest } from "../payments/create-payment-request.ts";
import { PROBLEMS } from "../problem/problems.ts";

const fromZod = (schema: z.ZodType): object => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" });
  return rest;
};

type Properties = Readonly<Record<string, object>>;

/** An answer: all of its fields are always there. */
const answer = (description: string, properties: Properties): object => ({
  type: "object",
  description,
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const text = (more: object = {}) => ({ type: "string", ...more });
const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });
const time = { type: "string", format: "date-time", example: "2026-01-02T03:04:05.678Z" };
const clientId = text({
  description: "A TypeID with the prefix `cli`. A client adopted from an older table keeps the id that it has.",
  maxLength: 255,
  example: "cli_01kdy3x3r0e008002z5ae4t7kb",
});
const paymentId = text({
  description: "A TypeID with the prefix `pay`.",
  pattern: "^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$",
  example: "pay_01kdy42agge009rf8bhszpmqa2",
});
const clientName = text({ example: "Acme" });
const email = text({ example: "ops@acme.example" });
const apiKey = text({ example: "pak_live_…", description: "The secret. It is shown in this answer and never again." });
const keyHint = text({ example: "pak_live_...1a2B", description: "Enough to tell keys apart, too little to use one." });
const status = { type: "string", enum: ["active", "inactive"] };
const overlapEndsAt = { ...nullable(time), description: "When the former key stops working, or null." };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const page = (item: string): object =>
  answer("A stretch of a list, newest first.", {
    data: { type: "array", items: ref(item) },
    hasMore: { type: "boolean" },
    next: { ...nullable(text()), description: "The value for `after`, or null at the end." },
    previous: { ...nullable(text()), description: "The value for `before`, or null at the start." },
  });

const problem = {
  type: "object",
  description: "A problem of RFC 9457.",
  properties: {
    type: text({ format: "uri-reference" }),
    title: text(),
    status: { type: "integer" },
    detail: text({ description: "What happened and what to do." }),
    code: { type: "string", enum: Object.keys(PROBLEMS), description: "Stable: decide by this." },
    requestId: text({ description: "Tell it to the operator." }),
    errors: {
      type: "array",
      description: "Every fault of the request at once.",
      items: {
        type: "object",
        properties: {
          pointer: text({ description: "Where in the body (RFC 6901)." }),
          header: text(),
          parameter: text(),
          detail: text(),
        },
        required: ["detail"],
        additionalProperties: false,
      },
    },
  },
  required: ["type", "title", "status", "detail", "code", "requestId"],
  additionalProperties: false,
};

const client = {
  id: clientId,
  name: clientName,
  email,
  status,
  keyHint: nullable(keyHint),
  createdAt: time,
  updatedAt: time,
};

const formerApiKey = answer("A key in overlap: it can be ended once nobody uses it any more.", {
  keyHint: nullable(keyHint),
  overlapEndsAt: { ...time, description: "When it stops working." },
  lastUsedAt: { ...nullable(time), description: "When it was last used, to the minute; null: no use is recorded." },
  uses: { type: "integer", minimum: 0, description: "How often it was used since the rotation, to the minute." },
});

/** Requests come from the schemas that check them, answers are written down here and held to by tests. */
export const schemas = {
  CreateClientRequest: fromZod(CreateClientRequest),
  UpdateClientRequest: fromZod(UpdateClientRequest),
  RotateApiKeyRequest: fromZod(RotateApiKeyRequest),
  CreatePaymentRequest: fromZod(CreatePaymentRequest),
  CreatedClient: answer("A new client with its API key.", {
    id: clientId,
    name: clientName,
    email,
    status,
    apiKey,
    createdAt: time,
  }),
  Client: answer("A client, without its key.", client),
  ClientDetails: answer("A client, without its key, and when its keys are used.", {
    ...client,
    apiKeyLastUsedAt: {
      ...nullable(time),
      description: "When the key was last used, to the minute; null: no use is recorded.",
    },
    formerApiKey: {
      ...nullable(formerApiKey),
      description: "The key that a rotation replaced, while it still works; else null.",
    },
  }),
  ClientPage: page("Client"),
  RotatedApiKey: answer("A new API key.", { apiKey, keyHint, overlapEndsAt }),
  Payment: answer("A payment.", {
    id: paymentId,
    clientId,
    amount: { type: "integer", description: "In the currency's minor unit.", example: 1250 },
    currency: text({ pattern: "^[A-Z]{3}$", example: "EUR" }),
    description: nullable(text({ example: "Invoice 42" })),
    metadata: { type: "object", additionalProperties: text(), example: { order: "42" } },
    status: { type: "string", enum: ["created"] },
    createdAt: time,
  }),
  PaymentPage: page("Payment"),
  Me: answer("Who the key is.", { clientId, name: clientName, keyHint, overlapEndsAt }),
  Health: answer("The state of the process.", { status: { type: "string", enum: ["ok", "ready"] } }),
  Problem: problem,
};
