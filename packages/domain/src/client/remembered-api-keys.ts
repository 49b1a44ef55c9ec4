import type { ApiKey } from "./api-key.ts";
import type { ApiKeyAuthenticator } from "./api-key-authenticator.ts";

/**
 * Recognises a client that it has recognised lately without asking storage, so that the answer may be out of date.
 * It serves only where storage verifies the answer's `credential` again.
 */
export interface RememberedApiKeys extends ApiKeyAuthenticator {
  /** Whether it would recognise the key without asking storage. */
  remembers(apiKey: ApiKey): boolean;
}
