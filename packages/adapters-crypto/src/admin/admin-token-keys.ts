import { createPublicKey, type KeyObject } from "node:crypto";
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";

export const MINIMUM_SECRET_BYTES = 32;
/** 32 random hexadecimal digits have fewer about once in 100,000 secrets. */
const MINIMUM_DISTINCT_CHARACTERS = 10;
const MINIMUM_RSA_BITS = 2048;
const JWKS_TIMEOUT_MS = 2_000;

export const JWT_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "EdDSA",
] as const;
export type AsymmetricAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** The key or key set that verifies admin tokens, and the one algorithm that it is used with. */
export interface AdminTokenKeys {
  readonly algorithm: "HS256" | AsymmetricAlgorithm;
  readonly key: Uint8Array | KeyObject | JWTVerifyGetKey;
  /** Only for secrets: the former secret, accepted until it is removed from the configuration. */
  readonly previousKey?: Uint8Array;
  /** Only for a remote key set: fetches it now; rejects if that fails. */
  readonly fetch?: () => Promise<void>;
}

/**
 * The key of a secret.
 * @throws RangeError for a secret under 32 bytes (RFC 7518, section 3.2: at least as long as the hash), and for one that
 *   repeats a few characters.
 */
export const keyFromSecret = (secret: string): Uint8Array => {
  const key = new TextEncoder().encode(secret);
  if (key.length < MINIMUM_SECRET_BYTES) throw new RangeError(`must be at least ${MINIMUM_SECRET_BYTES} bytes`);
  if (new Set(secret).size < MINIMUM_DISTINCT_CHARACTERS) {
    throw new RangeError("repeats a few characters and can be guessed: generate it with `openssl rand -base64 32`");
  }
  return key;
};

/** Uses HS256 with a secret. During a rotation, tokens of the `previous` secret are accepted too. */
export const keysFromSecret = (secret: string, previous?: string): AdminTokenKeys => ({
  algorithm: "HS256",
  key: keyFromSecret(secret),
  ...(previous !== undefined && { previousKey: keyFromSecret(previous) }),
});

const algorithmOf = (key: KeyObject): AsymmetricAlgorithm => {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa" && modulusLength >= MINIMUM_RSA_BITS) return "RS256";
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  if (namedCurve === "prime256v1") return "ES256";
  if (namedCurve === "secp384r1") return "ES384";
  throw new RangeError(`must be an RSA key of ${MINIMUM_RSA_BITS} bits or more, or one of P-256, P-384 or Ed25519`);
};

const family = (algorithm: AsymmetricAlgorithm): string => algorithm.replace(/^PS\d+$|^RS\d+$/, "RSA");

/**
 * Reads a public key in PEM (SPKI). `wanted` defaults to the usual algorithm for this type of key.
 * Throws a RangeError or TypeError if the key is not usable.
 */
export const keysFromPublicKey = (pem: string, wanted?: AsymmetricAlgorithm): AdminTokenKeys => {
  if (!pem.includes("PUBLIC KEY")) throw new TypeError("must be a public key in PEM");
  const key = createPublicKey(pem);
  const usual = algorithmOf(key);
  const algorithm = wanted ?? usual;
  if (family(algorithm) !== family(usual)) throw new RangeError(`does not fit the algorithm ${algorithm}`);
  return { algorithm, key };
};

/** Uses a remote JSON Web Key Set: fetched on first use, cached, and fetched again for an unknown `kid`. */
export const keysFromJwks = (url: URL, algorithm: AsymmetricAlgorithm = "RS256"): AdminTokenKeys => {
  const key = createRemoteJWKSet(url, { timeoutDuration: JWKS_TIMEOUT_MS });
  return { algorithm, key, fetch: () => key.reload() };
};
