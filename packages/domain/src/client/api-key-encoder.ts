import type { Brand } from "../shared/brand.ts";
import type { ApiKey } from "./api-key.ts";

/**
 * A key in the form that storage holds: a self-describing digest (`sha256:...`,
 * `hmac-sha256:<pepper id>:...`), or the plain key where the operator chose that.
 */
export type StoredApiKey = Brand<string, "StoredApiKey">;

export interface ApiKeyEncoder {
  /** The form in which a new key is stored. MUST be deterministic: it is what storage is searched by. */
  encode(apiKey: ApiKey): StoredApiKey;

  /**
   * Every form in which this key may stand in storage, the one of `encode` first. A stored digest MUST NOT
   * itself be a key whose forms include that digest: who steals it can't use it.
   */
  candidates(apiKey: ApiKey): readonly [StoredApiKey, ...StoredApiKey[]];
}

export const rehydrateStoredApiKey = (stored: string): StoredApiKey => stored as StoredApiKey;
