import { createHmac, hash } from "node:crypto";
import { type ApiKey, type ApiKeyEncoder, rehydrateStoredApiKey, type StoredApiKey } from "@payments/domain";

/** Names a pepper without telling it, so that a stored digest says which pepper it was made with. */
const pepperId = (pepper: string): string => hash("sha256", `pepper id: ${pepper}`, "hex").slice(0, 8);

const sha256 = (secret: string): StoredApiKey => rehydrateStoredApiKey(`sha256:${hash("sha256", secret, "hex")}`);

/**
 * Stores keys as `sha256:<hex>`, or with peppers as `hmac-sha256:<pepper id>:<hex>`. A fast digest is right
 * here: a key has 256 random bits, so there is nothing to guess that a slow one would protect.
 *
 * The first pepper makes new digests; the others are recognised, so that a pepper can be replaced. Keys that
 * were stored without a pepper, or in plain text, are recognised too.
 */
export class DigestApiKeyEncoder implements ApiKeyEncoder {
  readonly #peppers: readonly { readonly pepper: string; readonly label: string }[];

  constructor(peppers: readonly string[] = []) {
    this.#peppers = peppers.map((pepper) => ({ pepper, label: `hmac-sha256:${pepperId(pepper)}:` }));
  }

  encode(apiKey: ApiKey): StoredApiKey {
    const secret = apiKey.reveal();
    const [current] = this.#peppers;
    return current === undefined ? sha256(secret) : hmac(current, secret);
  }

  candidates(apiKey: ApiKey): readonly [StoredApiKey, ...StoredApiKey[]] {
    const secret = apiKey.reveal();
    const [first, ...others] = [...this.#peppers.map((pepper) => hmac(pepper, secret)), sha256(secret)];
    return [first as StoredApiKey, ...others, rehydrateStoredApiKey(secret)];
  }
}

const hmac = ({ pepper, label }: { readonly pepper: string; readonly label: string }, secret: string): StoredApiKey =>
  rehydrateStoredApiKey(label + createHmac("sha256", pepper).update(secret).digest("hex"));
