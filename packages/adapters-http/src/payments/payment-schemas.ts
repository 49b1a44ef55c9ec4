import {
  FAILURE_MESSAGES,
  MAXIMUM_AMOUNT,
  MAXIMUM_DESCRIPTION_LENGTH,
  MAXIMUM_METADATA_KEY_LENGTH,
  MAXIMUM_METADATA_PAIRS,
  MAXIMUM_METADATA_VALUE_LENGTH,
  MAXIMUM_RETURN_URL_LENGTH,
  type Metadata,
  MINIMUM_AMOUNT,
  NO_METADATA,
  parseAmount,
  parseCurrency,
  parseDescription,
  parseMetadata,
  parseMetadataPair,
  parsePaymentId,
  parsePaymentMethod,
  parseReturnUrl,
} from "@payments/domain";
import { z } from "zod";
import { clientId as clientIdSchema, mode as modeSchema } from "../clients/client-schemas.ts";
import { component, nullable, object, pageOf, text, time } from "../openapi/component.ts";
import { parsedBy } from "../routing/validate.ts";

export const PAYMENT_ID = { parse: parsePaymentId, absent: "payment-not-found" } as const;

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
      description: `Your own notes, stored and returned unchanged, but not always in the order that you sent. Up to ${MAXIMUM_METADATA_PAIRS} pairs. Names have 1 to ${MAXIMUM_METADATA_KEY_LENGTH} characters, and values are strings of up to ${MAXIMUM_METADATA_VALUE_LENGTH} characters.`,
    })
    .transform(toMetadata)
    .default(NO_METADATA),
  paymentMethod: parsedBy(
    z.string().meta({
      pattern: "^[A-Za-z0-9_-]{1,255}$",
      example: "pm_card_visa",
      description:
        "A token that the processor issued. It is never a card number. Without it the payer confirms the payment later.",
    }),
    parsePaymentMethod,
  )
    .nullable()
    .default(null),
  capture: z
    .enum(["automatic", "manual"], "must be automatic or manual")
    .meta({ description: "`manual` only authorizes. Capture the payment later. Default: automatic." })
    .optional(),
  returnUrl: parsedBy(
    z.string().meta({
      format: "uri",
      maxLength: MAXIMUM_RETURN_URL_LENGTH,
      example: "https://shop.example/orders/42",
      description: "Where the payer returns after an authentication. An https URL.",
    }),
    parseReturnUrl,
  )
    .nullable()
    .default(null),
  clientId: z.unknown().optional().meta({
    deprecated: true,
    description: "Ignored. A payment belongs to the client of the API key.",
  }),
});

const amount = { type: "integer", minimum: 0, description: "In the currency's minor unit.", example: 0 };

export const PaymentComponent = component(
  "Payment",
  object("A payment.", {
    id: text({
      description: "A TypeID with the prefix `pay`.",
      pattern: "^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$",
      example: "pay_01kdy42agge009rf8bhszpmqa2",
    }),
    clientId: clientIdSchema,
    mode: modeSchema,
    amount: { type: "integer", description: "In the currency's minor unit.", example: 1250 },
    currency: text({ pattern: "^[A-Z]{3}$", example: "EUR" }),
    description: nullable(text({ example: "Invoice 42" })),
    metadata: {
      type: "object",
      additionalProperties: text(),
      description: "The order of the names is not kept.",
      example: { order: "42" },
    },
    status: {
      type: "string",
      enum: ["created", "requires_action", "processing", "authorized", "succeeded", "failed", "canceled", "expired"],
      description: "`created`: recorded only. `processing`: the result is not known yet.",
    },
    capture: { type: ["string", "null"], enum: ["automatic", "manual", null], description: "Null: not charged." },
    amountCaptured: amount,
    amountRefunded: amount,
    amountDisputed: { ...amount, description: "What open and lost disputes withhold." },
    fee: { ...amount, description: "The platform's fee. It is owed once something is captured." },
    nextAction: {
      anyOf: [
        object("Confirm the payment in the browser.", {
          type: { type: "string", enum: ["confirm"] },
          clientSecret: text({ description: "For the processor's library in the browser. Never log it." }),
        }),
        object("Send the payer to a page.", {
          type: { type: "string", enum: ["redirect"] },
          url: text({ format: "uri" }),
        }),
        { type: "null" },
      ],
      description:
        "What the payer must do: `confirm` with a `clientSecret` in the browser, or `redirect` to a `url`. Otherwise null.",
    },
    failure: {
      ...nullable(
        object("The last reason.", {
          code: { type: "string", enum: Object.keys(FAILURE_MESSAGES) },
          message: text({ example: FAILURE_MESSAGES.card_declined }),
        }),
      ),
      description: "Why the last attempt failed. Otherwise null.",
    },
    createdAt: time,
  }),
);

export const PaymentPageComponent = pageOf(PaymentComponent);
