import type { ApiKey } from "./api-key.ts";
import type { ApiKeyAuthenticator } from "./api-key-authenticator.ts";

/**
 * Authenticates recently seen keys without reading storage, so a result may be stale. Use it only where storage
 * verifies the result's `credential` again.
 */
export interface CachedApiKeys extends ApiKeyAuthenticator {
  /** Whether `authenticate` would accept the key without reading storage. */
  isCached(apiKey: ApiKey): boolean;
}
