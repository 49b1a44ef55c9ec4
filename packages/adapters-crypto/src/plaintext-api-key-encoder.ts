import { type ApiKey, type ApiKeyEncoder, rehydrateStoredApiKey, type StoredApiKey } from "@payments/domain";

/** Stores keys as they are: who reads the table can act as every client. Digests are still recognised. */
export class PlaintextApiKeyEncoder implements ApiKeyEncoder {
  readonly #digests: ApiKeyEncoder;

  constructor(digests: ApiKeyEncoder) {
    this.#digests = digests;
  }

  encode(apiKey: ApiKey): StoredApiKey {
    return rehydrateStoredApiKey(apiKey.reveal());
  }

  candidates(apiKey: ApiKey): readonly [StoredApiKey, ...StoredApiKey[]] {
    const plain = this.encode(apiKey);
    return [plain, ...this.#digests.candidates(apiKey).filter((form) => form !== plain)];
  }
}
