import { randomBytes } from "node:crypto";
import {
  API_KEY_ENTROPY_BYTES,
  type ApiKey,
  type ApiKeyGenerator,
  type ApiKeyPrefix,
  createApiKey,
} from "@payments/domain";

/** Generates keys from the operating system's cryptographically secure random source. */
export class CsprngApiKeyGenerator implements ApiKeyGenerator {
  readonly #prefix: ApiKeyPrefix;

  constructor(prefix: ApiKeyPrefix) {
    this.#prefix = prefix;
  }

  generate(): ApiKey {
    return createApiKey(this.#prefix, randomBytes(API_KEY_ENTROPY_BYTES));
  }
}
