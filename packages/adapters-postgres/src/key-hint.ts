import { looksLikePlainApiKey } from "./plain-api-key.ts";

/**
 * The hint of a client's present key, in SQL. Where the key of an older application has none yet, it is read off
 * the key without letting the key out.
 */
export const KEY_HINT = `coalesce(api_key_hint, case when ${looksLikePlainApiKey("api_key")}
  then left(api_key, -49) || '...' || right(api_key, 4) end)`;
