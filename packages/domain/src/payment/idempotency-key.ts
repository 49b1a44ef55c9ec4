import { ok, type Result } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { Metadata, Payment } from "./payment.ts";

/** Chosen by the client, so that a repeated request creates no second payment. Scoped to the client. */
export type IdempotencyKey = Brand<string, "IdempotencyKey">;

export const MAXIMUM_IDEMPOTENCY_KEY_LENGTH = 255;

const BARE = /^[\x21\x23-\x7e][\x21-\x7e]*$/;
/** A String of RFC 9651, section 3.3.3, as draft-ietf-httpapi-idempotency-key-header specifies. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const VISIBLE = /^[\x21-\x7e]+$/;

/** Accepts the value of the header, bare (`8e03978e`) or quoted (`"8e03978e"`). Both name the same key. */
export const parseIdempotencyKey = (raw: string): Result<IdempotencyKey, InvalidValue> => {
  const key = BARE.test(raw) ? raw : QUOTED.exec(raw)?.[1]?.replace(/\\(["\\])/g, "$1");
  return key !== undefined && VISIBLE.test(key) && key.length <= MAXIMUM_IDEMPOTENCY_KEY_LENGTH
    ? ok(key as IdempotencyKey)
    : invalidValue(
        `must be 1 to ${MAXIMUM_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters, bare or as a quoted string`,
      );
};

const isSameMetadata = (one: Metadata, other: Metadata): boolean => {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
};

/** Whether both have the content of the same request. Payments never change, so no fingerprint is stored. */
export const isSameRequest = (one: Payment, other: Payment): boolean =>
  one.clientId === other.clientId &&
  one.money.amount === other.money.amount &&
  one.money.currency === other.money.currency &&
  one.description === other.description &&
  isSameMetadata(one.metadata, other.metadata);
