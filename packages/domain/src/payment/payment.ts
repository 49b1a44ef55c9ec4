import { ok, type Result } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import { type Money, rehydrateMoney } from "../money/money.ts";
import type { Brand } from "../shared/brand.ts";
import { type IdGenerator, isTypeId, toTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import { parseText } from "../shared/text.ts";

/** A TypeID, such as `pay_01kdy42ag0e009retbhbxzcsj2`. Storage holds its UUID. */
export type PaymentId = Brand<string, "PaymentId">;
export type Description = Brand<string, "Description">;
export type Metadata = Brand<Readonly<Record<string, string>>, "Metadata">;

export interface Payment {
  readonly id: PaymentId;
  readonly clientId: ClientId;
  readonly money: Money;
  readonly description: Description | null;
  /** The client's own names and values. The order of the names is not kept. */
  readonly metadata: Metadata;
  readonly status: "created";
  readonly createdAt: Date;
}

export interface PaymentNotFound {
  readonly type: "payment-not-found";
}

export const MAXIMUM_DESCRIPTION_LENGTH = 1000;
export const MAXIMUM_METADATA_PAIRS = 50;
export const MAXIMUM_METADATA_KEY_LENGTH = 40;
export const MAXIMUM_METADATA_VALUE_LENGTH = 500;

export const NO_METADATA = {} as Metadata;

const ID_PREFIX = "pay";

export const parsePaymentId = (raw: string): Result<PaymentId, InvalidValue> =>
  isTypeId(ID_PREFIX, raw) ? ok(raw as PaymentId) : invalidValue("must be the id of a payment");

export const rehydratePaymentId = (uuid: string): PaymentId => toTypeId(ID_PREFIX, uuid) as PaymentId;

export const parseDescription = (raw: string): Result<Description, InvalidValue> =>
  parseText(raw, MAXIMUM_DESCRIPTION_LENGTH).map((text) => text as Description);

/** Checks one pair. `parseMetadata` also checks the number of pairs. */
export const parseMetadataPair = (key: string, value: string): Result<void, InvalidValue> => {
  if (key === "") return invalidValue("must have a name of at least 1 character");
  return parseText(key, MAXIMUM_METADATA_KEY_LENGTH)
    .mapErr(({ type, detail }) => ({ type, detail: `has a name that ${detail}` }))
    .andThen(() => parseText(value, MAXIMUM_METADATA_VALUE_LENGTH))
    .map(() => undefined);
};

export const parseMetadata = (raw: Readonly<Record<string, string>>): Result<Metadata, InvalidValue> => {
  const pairs = Object.entries(raw);
  if (pairs.length > MAXIMUM_METADATA_PAIRS) return invalidValue(`must have at most ${MAXIMUM_METADATA_PAIRS} pairs`);
  for (const [key, value] of pairs) {
    const pair = parseMetadataPair(key, value);
    if (pair.isErr()) return invalidValue(`${JSON.stringify(key)} ${pair.error.detail}`);
  }
  return ok(raw as Metadata);
};

export const createPayment = (
  fields: Pick<Payment, "clientId" | "money" | "description" | "metadata">,
  ids: IdGenerator,
  now: Date,
): Payment => ({ id: toTypeId(ID_PREFIX, ids.next()) as PaymentId, ...fields, status: "created", createdAt: now });

/** From storage, which holds the UUID of the id, and the amount as text: database drivers have no bigint. */
export const rehydratePayment = (stored: {
  readonly uuid: string;
  readonly clientId: string;
  readonly amount: string;
  readonly currency: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}): Payment => ({
  id: rehydratePaymentId(stored.uuid),
  clientId: stored.clientId as ClientId,
  money: rehydrateMoney(stored.amount, stored.currency),
  description: stored.description as Description | null,
  metadata: stored.metadata as Metadata,
  status: "created",
  createdAt: stored.createdAt,
});
