import {
  type CreatePaymentCommand,
  type IdempotencyKey,
  MAXIMUM_AMOUNT,
  MAXIMUM_DESCRIPTION_LENGTH,
  MAXIMUM_METADATA_KEY_LENGTH,
  MAXIMUM_METADATA_PAIRS,
  MAXIMUM_METADATA_VALUE_LENGTH,
  type Metadata,
  MINIMUM_AMOUNT,
  NO_METADATA,
  parseAmount,
  parseCurrency,
  parseDescription,
  parseIdempotencyKey,
  parseMetadata,
  parseMetadataPair,
} from "@payments/domain";
import { z } from "zod";
import { Problem, type RequestFault } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";
import { parsedBy, validate } from "../routing/validate.ts";
import { readJson } from "../server/read-json.ts";

/** Every pair is checked, so that all faults are told at once; of too many no more than show that they are too many. */
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
      description: `Notes of your own, stored and given back unchanged. Values are strings, of up to ${MAXIMUM_METADATA_VALUE_LENGTH} characters; names have 1 to ${MAXIMUM_METADATA_KEY_LENGTH}; there are at most ${MAXIMUM_METADATA_PAIRS} pairs.`,
    })
    .transform(toMetadata)
    .default(NO_METADATA),
  clientId: z.unknown().optional().meta({
    deprecated: true,
    description: "Ignored, whatever it says: a payment belongs to the client whose key creates it.",
  }),
});

/** All of the command but the client, which comes from authentication alone. */
export type RequestedPayment = Omit<CreatePaymentCommand, "client">;

const idempotencyKeyOf = (ctx: Context): { key: IdempotencyKey | null; errors: readonly RequestFault[] } => {
  const header = ctx.req.headers["idempotency-key"];
  if (header === undefined) return { key: null, errors: [] };
  return parseIdempotencyKey(String(header)).match(
    (key): { key: IdempotencyKey | null; errors: readonly RequestFault[] } => ({ key, errors: [] }),
    ({ detail }) => ({ key: null, errors: [{ header: "Idempotency-Key", detail }] }),
  );
};

/** Body and idempotency key, or a thrown problem that names all faults of both. */
export const readRequestedPayment = async (ctx: Context): Promise<RequestedPayment> => {
  const idempotencyKey = idempotencyKeyOf(ctx);
  const body = validate(CreatePaymentRequest, await readJson(ctx));
  if ("errors" in body || idempotencyKey.errors.length > 0) {
    const errors = [...idempotencyKey.errors, ...("errors" in body ? body.errors : [])];
    throw new Problem("invalid-request", { errors });
  }
  const { amount, currency, description, metadata } = body.value;
  return { money: { amount, currency }, description, metadata, idempotencyKey: idempotencyKey.key };
};
