import {
  MAXIMUM_AMOUNT,
  MAXIMUM_DESCRIPTION_LENGTH,
  MAXIMUM_METADATA_KEY_LENGTH,
  MAXIMUM_METADATA_PAIRS,
  MAXIMUM_METADATA_VALUE_LENGTH,
  type Metadata,
  MINIMUM_AMOUNT,
  NO_METADATA,
  type Payment,
  parseAmount,
  parseCurrency,
  parseDescription,
  parseMetadata,
  parseMetadataPair,
} from "@payments/domain";
import { z } from "zod";
import { clientId as clientIdSchema } from "../clients/client-schemas.ts";
import { component, nullable, object, pageOf, text, time } from "../openapi/component.ts";
import { parsedBy } from "../routing/validate.ts";

/** Checks every pair, to report all faults at once. One pair over the limit is enough to report that there are too many. */
const toMetadata = (raw: Record<string, unknown>, context: z.RefinementCtx): Metadata => {
  const pairs: Record<string, string> = {};
  for (const [key, value] of Object.entries(raw).slice(0, MAXIMUM_METADATA_PAIRS + 1)) {
    if (typeof value === "string") pairs[key] = value;
    const checked = parseMetadataPair(key, typeof value === "string" ? value : "");
    if (typeof value !== "string") context.addIssue({ code: "custom", path: [key], message: "must be a string" });
    else if (checked.isErr()) context.addIssue({ code: "custom", path: [key], message: checked.error.detail });
  }
  if (context.issues.length > 0) return z.NEVER;
  const metadata = parseMetadata(pairs);
  if (metadata.isOk()) return metadata.value;
  context.addIssue(metadata.error.detail);
  return z.NEVER;
};

export const CreatePaymentRequest = z.strictObject({
  amount: parsedBy(
    z.number().meta({
      type: "integer",
      minimum: MINIMUM_AMOUNT,
      maximum: MAXIMUM_AMOUNT,
      example: 1250,
      description: "In the currency's minor unit: 1250 is 12.50 EUR, or 1250 JPY.",
    }),
    parseAmount,
  ),
  currency: parsedBy(
    z.string().meta({ pattern: "^[A-Za-z]{3}$", example: "EUR", description: "ISO 4217 code, in any case." }),
    parseCurrency,
  ),
  description: parsedBy(
    z.string().meta({ maxLength: MAXIMUM_DESCRIPTION_LENGTH, example: "Invoice 42" }),
    parseDescription,
  )
    .nullable()
    .default(null),
  metadata: z
    .record(z.string(), z.unknown())
    .meta({
      maxProperties: MAXIMUM_METADATA_PAIRS,
      propertyNames: { minLength: 1, maxLength: MAXIMUM_METADATA_KEY_LENGTH },
      additionalProperties: { type: "string", maxLength: MAXIMUM_METADATA_VALUE_LENGTH },
      example: { order: "42" },
      description: `Your own notes, stored and returned unchanged. Up to ${MAXIMUM_METADATA_PAIRS} pairs. Names have 1 to ${MAXIMUM_METADATA_KEY_LENGTH} characters, and values are strings of up to ${MAXIMUM_METADATA_VALUE_LENGTH} characters.`,
    })
    .transform(toMetadata)
    .default(NO_METADATA),
  clientId: z.unknown().optional().meta({
    deprecated: true,
    description: "Ignored. A payment belongs to the client of the API key.",
  }),
});

/** The domain keeps amounts within the integers that a JSON number holds exactly. */
export const toPaymentJson = ({ id, clientId, money, description, metadata, status, createdAt }: Payment) => ({
  id,
  clientId,
  amount: Number(money.amount),
  currency: money.currency,
  description,
  metadata,
  status,
  createdAt: createdAt.toISOString(),
});

export const PaymentComponent = component(
  "Payment",
  object("A payment.", {
    id: text({
      description: "A TypeID with the prefix `pay`.",
      pattern: "^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$",
      example: "pay_01kdy42agge009rf8bhszpmqa2",
    }),
    clientId: clientIdSchema,
    amount: { type: "integer", description: "In the currency's minor unit.", example: 1250 },
    currency: text({ pattern: "^[A-Z]{3}$", example: "EUR" }),
    description: nullable(text({ example: "Invoice 42" })),
    metadata: { type: "object", additionalProperties: text(), example: { order: "42" } },
    status: { type: "string", enum: ["created"] },
    createdAt: time,
  }),
);

export const PaymentPageComponent = pageOf(PaymentComponent);
