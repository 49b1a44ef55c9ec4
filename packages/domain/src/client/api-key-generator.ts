import type { ApiKey } from "./api-key.ts";

export interface ApiKeyGenerator {
  /** A new key from 256 bits of a cryptographically secure source. */
  generate(): ApiKey;
}
