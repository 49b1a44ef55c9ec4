import { hash } from "node:crypto";
import type { ApiKey, ApiKeyEncoder } from "@payments/domain";

/** Whether a column looks like a plain key, as a condition in SQL. `parseApiKey` decides: it knows the checksum. */
export const looksLikePlainApiKey = (column: string): string =>
  `${column} ~ '^[A-Za-z][A-Za-z0-9_]{0,30}_[0-9A-Za-z]{49}$'`;

/** The result of the SQL function `plain_api_key_form`: it identifies a stored plain key without revealing it. */
export const plainForm = (apiKey: ApiKey): string => `plain-sha256:${hash("sha256", apiKey.reveal(), "hex")}`;

/**
 * The stored forms to search for, the most preferred first. The plain key is among them only if the encoder prefers
 * it, because PostgreSQL may log every parameter.
 */
export const searchedForms = (encoder: ApiKeyEncoder, apiKey: ApiKey): readonly string[] => {
  const plain = apiKey.reveal();
  const isPreferred = encoder.encode(apiKey) === plain;
  return encoder.candidates(apiKey).map((form) => (form === plain && !isPreferred ? plainForm(apiKey) : form));
};

/** A SQL condition for clients with a key that looks plain. The partial indexes of migration 0008 serve it. */
export const HOLDS_PLAIN_API_KEY =
  "(plain_api_key_form(api_key) is not null or plain_api_key_form(former_api_key) is not null)";

/**
 * A SQL expression for the hint of a client's current key. An older application's key has no stored hint, so the
 * expression derives it without revealing the key.
 */
export const KEY_HINT = `coalesce(api_key_hint, case when ${looksLikePlainApiKey("api_key")}
  then left(api_key, -49) || '...' || right(api_key, 4) end)`;
