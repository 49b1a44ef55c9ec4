import {
  type Actor,
  type Client,
  type ClientId,
  type IdempotencyKey,
  NO_FEE,
  type OverlapSeconds,
  type Payment,
  parseIdempotencyKey,
  type Rotation,
  rehydrateClient,
  rehydratePayment,
} from "@payments/domain";
import { expectOk } from "./result.ts";

/** A valid active client; say only what the test is about. */
export const aClient = (fields: { id: string } & Partial<Parameters<typeof rehydrateClient>[0]>): Client =>
  rehydrateClient({
    name: "Acme",
    email: "ops@acme.example",
    mode: "live",
    status: "active",
    keyHint: null,
    fee: NO_FEE,
    processorAccount: null,
    processorChargesEnabled: false,
    createdAt: new Date("2026-01-02T03:04:05.678Z"),
    updatedAt: new Date("2026-01-02T03:04:05.678Z"),
    ...fields,
  });

/** A valid payment with the given UUID; say only what the test is about. */
export const aPayment = (
  fields: { uuid: string; clientId: ClientId } & Partial<Parameters<typeof rehydratePayment>[0]>,
): Payment =>
  rehydratePayment({
    amount: "1250",
    currency: "EUR",
    description: "Invoice 42",
    metadata: { order: "42" },
    createdAt: new Date("2026-01-02T03:04:05.678Z"),
    ...fields,
  });

/** The bytes of a text in UTF-8. */
export const utf8Bytes = (text: string): number => encodeURIComponent(text).replace(/%../g, "-").length;

export const anIdempotencyKey = (key: string): IdempotencyKey => expectOk(parseIdempotencyKey(key));

/** A rotation without an overlap, unless the test says otherwise. */
export const aRotation = (fields: { overlapSeconds?: number; endFormerKey?: boolean } = {}): Rotation => ({
  overlapSeconds: (fields.overlapSeconds ?? 0) as OverlapSeconds,
  endFormerKey: fields.endFormerKey ?? false,
});

/** The actor of changes where the test is not about it. */
export const anActor: Actor = {
  type: "admin",
  subject: "ada",
  requestId: "request-1",
  address: "192.0.2.1",
};
