import { hash } from "node:crypto";
import type { ApiKey, ApiKeyEncoder } from "@payments/domain";

/** Whether a column looks like a plain key, as a condition in SQL. `parseApiKey` decides: it knows the checksum. */
export const looksLikePlainApiKey = (column: string): string =>
  `${column} ~ '^[A-Za-z][A-Za-z0-9_]{0,30}_[0-9A-Za-z]{49}$'`;

/** What the function `plain_api_key_form` makes of a plain key: names a row that holds it without letting the key out. */
export const plainForm = (apiKey: ApiKey): string => `plain-sha256:${hash("sha256", apiKey.reveal(), "hex")}`;

/**
 * What the table is searched for to find the key, the most preferred form first. The plain key itself is among
 * them only where the encoder prefers it: what a statement names may end in PostgreSQL's log.
 */
export const searchedForms = (encoder: ApiKeyEncoder, apiKey: ApiKey): readonly string[] => {
  const plain = apiKey.reveal();
  const isPreferred = encoder.encode(apiKey) === plain;
  return encoder.candidates(apiKey).map((form) => (form === plain && !isPreferred ? plainForm(apiKey) : form));
};

/** Rows of clients with a key that looks plain, as a condition that the partial indexes of migration 0007 answer. */
export const HOLDS_PLAIN_API_KEY =
  "(plain_api_key_form(api_key) is not null or plain_api_key_form(former_api_key) is not null)";

/**
 * The hint of a client's present key, in SQL. Where the key of an older application has none yet, it is read off
 * the key without letting the key out.
 */
export const KEY_HINT = `coalesce(api_key_hint, case when ${looksLikePlainApiKey("api_key")}
  then left(api_key, -49) || '...' || right(api_key, 4) end)`;
