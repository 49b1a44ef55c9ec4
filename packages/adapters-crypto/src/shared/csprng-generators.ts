import { randomBytes } from "node:crypto";
import {
  API_KEY_ENTROPY_BYTES,
  type ApiKey,
  type ApiKeyGenerator,
  type ApiKeyPrefix,
  createApiKey,
  type Mode,
  testPrefixOf,
  type WebhookSecret,
  type WebhookSecretGenerator,
} from "@payments/domain";

/** Generates keys from the operating system's cryptographically secure random source. */
export class CsprngApiKeyGenerator implements ApiKeyGenerator {
  readonly #prefixes: Readonly<Record<Mode, ApiKeyPrefix>>;

  constructor(prefix: ApiKeyPrefix) {
    this.#prefixes = { live: prefix, test: testPrefixOf(prefix) };
  }

  generate(mode: Mode): ApiKey {
    return createApiKey(this.#prefixes[mode], randomBytes(API_KEY_ENTROPY_BYTES));
  }
}

const WEBHOOK_SECRET_BYTES = 32;

/** Generates secrets of webhook endpoints from the same source. */
export class CsprngWebhookSecretGenerator implements WebhookSecretGenerator {
  generate(): WebhookSecret {
    return `whsec_${randomBytes(WEBHOOK_SECRET_BYTES).toString("base64")}` as WebhookSecret;
  }
}
