import { createHash } from "node:crypto";
import { DigestApiKeyEncoder } from "@payments/adapters-crypto";
import { createApiKey, parseApiKeyPrefix } from "@payments/domain";

/** A client's id is this and its number as 12 hexadecimal digits, so that pgbench can make one too. */
export const CLIENT_ID_PREFIX = "01900000-0000-7000-8000-";

const hex12 = (number) => number.toString(16).padStart(12, "0");

export const clientId = (number) => CLIENT_ID_PREFIX + hex12(number);

const prefix = parseApiKeyPrefix("pak_live_")._unsafeUnwrap();
const encoder = new DigestApiKeyEncoder();

const keyFrom = (seed) => createApiKey(prefix, createHash("sha256").update(seed).digest());

/** The same key in every run: nothing here is a secret. */
export const apiKey = (number) => keyFrom(`client ${number}`).reveal();

/** A key of good form that no client holds. */
export const unknownApiKey = (number) => keyFrom(`nobody ${number}`).reveal();

/** A key with one digit mistyped, so that its checksum is wrong. */
export const malformedApiKey = (number) => apiKey(number).replace(/.$/, (last) => (last === "0" ? "1" : "0"));

/** What the table `clients` holds of a client, in the order of `CLIENT_COLUMNS`. */
export const clientRow = (number) => {
  const key = keyFrom(`client ${number}`);
  return [clientId(number), `Client ${number}`, `client-${number}@example.com`, encoder.encode(key), key.hint];
};
export const CLIENT_COLUMNS = "id, name, email, api_key, api_key_hint";

const EPOCH_MS = Date.UTC(2026, 0, 1);

/** A UUIDv7: its time is a millisecond later than that of the payment before. */
export const paymentId = (number) => {
  const time = hex12(EPOCH_MS + number);
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${hex12(number)}`;
};

/** What the table `payments` holds of a payment, in the order of `PAYMENT_COLUMNS`; every second has a key. */
export const paymentRow = (number, client) => [
  clientId(client),
  paymentId(number),
  (number % 100_000) + 1,
  "EUR",
  `Invoice ${1_000_000 + number}`,
  `{"order":"${1_000_000 + number}"}`,
  number % 2 === 0 ? String(1e15 + number).padStart(19, "7") : "\\N",
  new Date(EPOCH_MS + number).toISOString(),
];
export const PAYMENT_COLUMNS = "client_id, id, amount, currency, description, metadata, idempotency_key, created_at";
