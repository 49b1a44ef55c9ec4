import { createHash } from "node:crypto";
import { DigestApiKeyEncoder } from "@payments/adapters-crypto";
import { bucketOf } from "@payments/adapters-postgres";
import { createApiKey, parseApiKeyPrefix } from "@payments/domain";

/** A client's id is this prefix and its number as 12 hexadecimal digits: a valid TypeID that pgbench can build too. */
export const CLIENT_ID_PREFIX = "cli_01kdvs4g00e008";

const hex12 = (number) => number.toString(16).padStart(12, "0");

export const clientId = (number) => CLIENT_ID_PREFIX + hex12(number);

const prefix = parseApiKeyPrefix("pak_live_")._unsafeUnwrap();
const encoder = new DigestApiKeyEncoder();

const keyFrom = (seed) => createApiKey(prefix, createHash("sha256").update(seed).digest());

/** The same key in every run. These keys are not secret. */
export const apiKey = (number) => keyFrom(`client ${number}`).reveal();

/** A well-formed key of no client. */
export const unknownApiKey = (number) => keyFrom(`unknown ${number}`).reveal();

/** A key with a wrong checksum. */
export const malformedApiKey = (number) => apiKey(number).replace(/.$/, (last) => (last === "0" ? "1" : "0"));

/** A row of `clients` in the order of `CLIENT_COLUMNS`. */
export const clientRow = (number, mode) => {
  const key = keyFrom(`client ${number}`);
  return [clientId(number), `Client ${number}`, `client-${number}@example.com`, mode, encoder.encode(key), key.hint];
};
export const CLIENT_COLUMNS = "id, name, email, mode, api_key, api_key_hint";

const EPOCH_MS = Date.UTC(2026, 0, 1);

/** A UUIDv7, one millisecond later than that of the previous payment. */
export const paymentId = (number) => {
  const time = hex12(EPOCH_MS + number);
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${hex12(number)}`;
};

/** A row of `payments` in the order of `PAYMENT_COLUMNS`. Every second row has an idempotency key. */
export const paymentRow = (number, client) => [
  bucketOf(clientId(client)),
  clientId(client),
  paymentId(number),
  (number % 100_000) + 1,
  "EUR",
  `Invoice ${1_000_000 + number}`,
  `{"order":"${1_000_000 + number}"}`,
  number % 2 === 0 ? String(1e15 + number).padStart(19, "7") : "\\N",
  new Date(EPOCH_MS + number).toISOString(),
];
export const PAYMENT_COLUMNS =
  "bucket, client_id, id, amount, currency, description, metadata, idempotency_key, created_at";
