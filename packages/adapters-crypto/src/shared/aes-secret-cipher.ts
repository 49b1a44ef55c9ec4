import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";
import {
  type EncryptedSecret,
  rehydrateEncryptedSecret,
  type SecretCipher,
  type SecretUnreadable,
} from "@payments/domain";
import { err, ok, type Result } from "neverthrow";

export const ENCRYPTION_KEY_BYTES = 32;

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The key in a base64 text, with either alphabet; null for anything else than 32 bytes. */
export const parseEncryptionKey = (text: string): Buffer | null => {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  const key = Buffer.from(text, "base64");
  return key.length === ENCRYPTION_KEY_BYTES ? key : null;
};

/** Identifies a key without revealing it. */
const keyIdOf = (key: Buffer): string =>
  hash("sha256", `encryption key id: ${key.toString("base64")}`, "hex").slice(0, 8);

/**
 * Stores secrets as `aes-256-gcm:<key id>:<base64 of nonce, ciphertext and tag>`. The context is authenticated data.
 * Random nonces are safe for 2^32 secrets a key.
 */
export class AesSecretCipher implements SecretCipher {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #current: { readonly id: string; readonly key: Buffer };

  /** The first key encrypts; all decrypt. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    this.#keys = new Map(keys.map((key) => [keyIdOf(key), key]));
    this.#current = { id: keyIdOf(keys[0]), key: keys[0] };
  }

  encrypt(secret: string, context: string): EncryptedSecret {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#current.key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return rehydrateEncryptedSecret(`${ALGORITHM}:${this.#current.id}:${sealed.toString("base64")}`);
  }

  decrypt(encrypted: EncryptedSecret, context: string): Result<string, SecretUnreadable> {
    const [, keyId = "", sealed = ""] = /^aes-256-gcm:([0-9a-f]{8}):([A-Za-z0-9+/]+=*)$/.exec(encrypted) ?? [];
    const key = this.#keys.get(keyId);
    if (key === undefined) return err({ type: "secret-unreadable", missingKeyId: keyId === "" ? null : keyId });
    const bytes = Buffer.from(sealed, "base64");
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return err({ type: "secret-unreadable", missingKeyId: null });
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const secret = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return ok(Buffer.concat([secret, decipher.final()]).toString("utf8"));
    } catch {
      // `final` throws if and only if the tag does not match.
      return err({ type: "secret-unreadable", missingKeyId: null });
    }
  }
}
