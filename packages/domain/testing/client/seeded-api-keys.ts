import {
  API_KEY_ENTROPY_BYTES,
  type ApiKey,
  type ApiKeyGenerator,
  type ApiKeyPrefix,
  createApiKey,
  type Mode,
} from "@payments/domain";

/** Generates distinct well-formed keys, the same in every run. They are not secret. */
export class SeededApiKeys implements ApiKeyGenerator {
  #last: number;

  constructor(seed = 0) {
    this.#last = seed;
  }

  generate(mode: Mode = "test"): ApiKey {
    this.#last += 1;
    const entropy = new Uint8Array(API_KEY_ENTROPY_BYTES);
    new DataView(entropy.buffer).setUint32(API_KEY_ENTROPY_BYTES - 4, this.#last);
    return createApiKey(`pak_${mode}_` as ApiKeyPrefix, entropy);
  }
}
