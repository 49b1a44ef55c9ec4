import { createHmac, hash } from "node:crypto";
import { type ApiKey, type ApiKeyEncoder, rehydrateStoredApiKey, type StoredApiKey } from "@payments/domain";

/** Identifies a pepper without revealing it, so that a stored digest names the pepper that made it. */
const pepperId = (pepper: string): string => hash("sha256", `pepper id: ${pepper}`, "hex").slice(0, 8);

const sha256 = (secret: string): StoredApiKey => rehydrateStoredApiKey(`sha256:${hash("sha256", secret, "hex")}`);

interface Pepper {
  readonly pepper: string;
  readonly label: string;
}

const toPepper = (pepper: string): Pepper => ({ pepper, label: `hmac-sha256:${pepperId(pepper)}:` });

/**
 * Stores keys as `sha256:<hex>`, or with a pepper as `hmac-sha256:<pepper id>:<hex>`. A fast digest suffices:
 * a key has 256 random bits, so guessing is hopeless at any speed.
 *
 * The first pepper makes new digests. Digests of the other peppers and of `nextPepper` are candidates too, so that
 * processes with the old and the new pepper accept each other's keys during a change. Keys stored without a pepper or
 * in plain text stay valid.
 */
export class DigestApiKeyEncoder implements ApiKeyEncoder {
  readonly #peppers: readonly Pepper[];
  readonly #nextPepper: Pepper | null;

  constructor(peppers: readonly string[] = [], nextPepper: string | null = null) {
    this.#peppers = peppers.map(toPepper);
    this.#nextPepper = nextPepper === null ? null : toPepper(nextPepper);
  }

  encode(apiKey: ApiKey): StoredApiKey {
    const secret = apiKey.reveal();
    const [current] = this.#peppers;
    return current === undefined ? sha256(secret) : hmac(current, secret);
  }

  candidates(apiKey: ApiKey): readonly [StoredApiKey, ...StoredApiKey[]] {
    const secret = apiKey.reveal();
    const [first, ...others] = [...this.#peppers.map((pepper) => hmac(pepper, secret)), sha256(secret)];
    const next = this.#nextPepper === null ? [] : [hmac(this.#nextPepper, secret)];
    return [first as StoredApiKey, ...others, ...next, rehydrateStoredApiKey(secret)];
  }
}

const hmac = ({ pepper, label }: Pepper, secret: string): StoredApiKey =>
  rehydrateStoredApiKey(label + createHmac("sha256", pepper).update(secret).digest("hex"));

/** Stores keys in plain text: a reader of the table can act as any client. Stored digests stay valid. */
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
    return [plain, ...this.#digests.candidates(apiKey).filter((candidate) => candidate !== plain)];
  }
}
