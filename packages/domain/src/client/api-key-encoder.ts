import type { ApiKey } from "./api-key.ts";
import type { StoredApiKey } from "./credentials.ts";

export interface ApiKeyEncoder {
  /** The form in which a new key is stored. MUST be deterministic: it is what storage is searched by. */
  encode(apiKey: ApiKey): StoredApiKey;

  /**
   * Every form in which this key may stand in storage, the one of `encode` first. A stored digest MUST NOT
   * itself be a key whose forms include that digest: who steals it can't use it.
   */
  candidates(apiKey: ApiKey): readonly [StoredApiKey, ...StoredApiKey[]];
}
