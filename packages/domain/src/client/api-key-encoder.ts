import type { ApiKey } from "./api-key.ts";
import type { StoredApiKey } from "./credentials.ts";

export interface ApiKeyEncoder {
  /** Returns the form in which a new key is stored. It MUST be deterministic, because lookups use it. */
  encode(apiKey: ApiKey): StoredApiKey;

  /**
   * Returns every form in which this key may be stored, the one of `encode` first. A digest presented as a key MUST NOT
   * have itself as a candidate, so that a stolen digest is useless.
   */
  candidates(apiKey: ApiKey): readonly [StoredApiKey, ...StoredApiKey[]];
}
