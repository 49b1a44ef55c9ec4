import { err, ok, type Result } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { Mode } from "./client.ts";

/** The text before the random part of new keys, such as `pak_live_`. */
export type ApiKeyPrefix = Brand<string, "ApiKeyPrefix">;

export interface MalformedApiKey {
  readonly type: "api-key-malformed";
}

export const API_KEY_ENTROPY_BYTES = 32;

const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const HINT_LENGTH = 4;
const API_KEY = /^[A-Za-z][A-Za-z0-9_]{0,30}_[0-9A-Za-z]{49}$/;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * A client's secret: a prefix, 256 random bits as 43 base62 digits, and the CRC-32 of both as 6 base62 digits. A double
 * click selects all of it, and secret scanners can find it. A log or `JSON.stringify` prints the hint; only `reveal`
 * returns the secret.
 */
class ApiKey {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Returns the key as the client sends it. Never log it, and show it only once. */
  reveal(): string {
    return this.#secret;
  }

  /** Identifies the key, but cannot be used as one: `pak_live_...1a2B`. */
  get hint(): string {
    const prefix = this.#secret.slice(0, -SECRET_LENGTH - CHECKSUM_LENGTH);
    return `${prefix}...${this.#secret.slice(-HINT_LENGTH)}`;
  }

  toString(): string {
    return this.hint;
  }

  toJSON(): string {
    return this.hint;
  }

  /** The output of Node's `util.inspect` and `console.log`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `ApiKey(${this.hint})`;
  }
}

export type { ApiKey };

export interface ApiKeyGenerator {
  /**
   * Returns a new key from 256 bits of a cryptographically secure source. It never returns the same key twice. The prefix
   * shows the mode of the client.
   */
  generate(mode: Mode): ApiKey;
}

const toBase62 = (value: bigint, length: number): string => {
  let digits = "";
  for (let rest = value; rest > 0n; rest /= 62n) digits = DIGITS.charAt(Number(rest % 62n)) + digits;
  return digits.padStart(length, "0");
};

const POLYNOMIAL = 0xedb88320;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** The CRC-32 of zlib and PNG (ISO 3309, reflected 0x04C11DB7), of ASCII text. */
const crc32 = (ascii: string): number => {
  let remainder = 0xffffffff;
  for (let at = 0; at < ascii.length; at++) {
    remainder = (table[(remainder ^ ascii.charCodeAt(at)) & 0xff] as number) ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
};

/** Uses numbers instead of bigints for speed: every request checks a key. */
const checksum = (text: string): string => {
  let digits = "";
  let rest = crc32(text);
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = DIGITS.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
};

export const parseApiKeyPrefix = (raw: string): Result<ApiKeyPrefix, InvalidValue> =>
  /^[A-Za-z][A-Za-z0-9_]{0,30}_$/.test(raw)
    ? ok(raw as ApiKeyPrefix)
    : invalidValue("must be 2 to 32 letters, digits and underscores that start with a letter and end with _");

const MAXIMUM_PREFIX_LENGTH = 32;

/** The prefix of test clients' keys: `pak_test_` for `pak_live_`, and `acme_test_` for `acme_`. */
export const testPrefixOf = (prefix: ApiKeyPrefix): ApiKeyPrefix =>
  `${prefix.replace(/live_$/, "").slice(0, MAXIMUM_PREFIX_LENGTH - "test_".length)}test_` as ApiKeyPrefix;

/** `entropy` MUST be 32 bytes from a cryptographically secure source. */
export const createApiKey = (prefix: ApiKeyPrefix, entropy: Uint8Array): ApiKey => {
  if (entropy.length !== API_KEY_ENTROPY_BYTES) throw new RangeError(`an API key takes ${API_KEY_ENTROPY_BYTES} bytes`);
  const value = entropy.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const unsealed = prefix + toBase62(value, SECRET_LENGTH);
  return new ApiKey(unsealed + checksum(unsealed));
};

/** Whether the text has the form of a key. Treat such a text as a secret, even if its checksum is wrong. */
export const looksLikeApiKey = (text: string): boolean => API_KEY.test(text);

/** Accepts any prefix, so that keys stay valid when the prefix of new keys changes. */
export const parseApiKey = (raw: string): Result<ApiKey, MalformedApiKey> =>
  looksLikeApiKey(raw) && checksum(raw.slice(0, -CHECKSUM_LENGTH)) === raw.slice(-CHECKSUM_LENGTH)
    ? ok(new ApiKey(raw))
    : err({ type: "api-key-malformed" });
