import { err, ok, type Result } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";

/** What stands before the random part of new keys, e.g. `pak_live_`. */
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
 * A client's secret: prefix, 256 random bits as 43 base62 digits, and the CRC-32 of all that as 6 base62
 * digits. One word to a double click, and recognisable to a secret scanner. Whatever prints it, a log or
 * `JSON.stringify`, gets the hint; only `reveal` gives the secret.
 */
class ApiKey {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The key as the client sends it. Never log it, and show it once. */
  reveal(): string {
    return this.#secret;
  }

  /** Enough to tell keys apart, too little to use: `pak_live_...1a2B`. */
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

  /** What Node's `util.inspect` and `console.log` show. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `ApiKey(${this.hint})`;
  }
}

export type { ApiKey };

export interface ApiKeyGenerator {
  /** A new key from 256 bits of a cryptographically secure source. */
  generate(): ApiKey;
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

/** CRC-32 as in zlib and PNG (ISO 3309, reflected 0x04C11DB7) of a text of ASCII characters. */
const crc32 = (ascii: string): number => {
  let remainder = 0xffffffff;
  for (let at = 0; at < ascii.length; at++) {
    remainder = (table[(remainder ^ ascii.charCodeAt(at)) & 0xff] as number) ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
};

/** In numbers, because each request's key is checked. */
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

/** `entropy` MUST be 32 bytes from a cryptographically secure source. */
export const createApiKey = (prefix: ApiKeyPrefix, entropy: Uint8Array): ApiKey => {
  if (entropy.length !== API_KEY_ENTROPY_BYTES) throw new RangeError(`an API key takes ${API_KEY_ENTROPY_BYTES} bytes`);
  const value = entropy.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const unsealed = prefix + toBase62(value, SECRET_LENGTH);
  return new ApiKey(unsealed + checksum(unsealed));
};

/** Whether it may be a key, if perhaps a mistyped one: then it is to be treated as a secret. */
export const looksLikeApiKey = (text: string): boolean => API_KEY.test(text);

/** Any prefix is accepted, so that keys stay valid when the prefix of new ones changes. */
export const parseApiKey = (raw: string): Result<ApiKey, MalformedApiKey> =>
  looksLikeApiKey(raw) && checksum(raw.slice(0, -CHECKSUM_LENGTH)) === raw.slice(-CHECKSUM_LENGTH)
    ? ok(new ApiKey(raw))
    : err({ type: "api-key-malformed" });
