import type { Result } from "neverthrow";
import type { Brand } from "./brand.ts";

/** A secret as storage keeps it. It names the key that encrypted it. */
export type EncryptedSecret = Brand<string, "EncryptedSecret">;

/** No configured key decrypts the secret, it was altered, or it belongs to another context. */
export interface SecretUnreadable {
  readonly type: "secret-unreadable";
  /** The configuration lacks the key of this id; null if the key is there. */
  readonly missingKeyId: string | null;
}

/** From storage. */
export const rehydrateEncryptedSecret = (stored: string): EncryptedSecret => stored as EncryptedSecret;

/** Encrypts secrets at rest. */
export interface SecretCipher {
  /**
   * Encrypts with the current key. `context` names the owner, such as an id: only a `decrypt` with the same context
   * succeeds, so a stored secret cannot be moved to another row. Two calls MUST return different values.
   */
  encrypt(secret: string, context: string): EncryptedSecret;

  /** Decrypts what any configured key encrypted in this context. */
  decrypt(encrypted: EncryptedSecret, context: string): Result<string, SecretUnreadable>;
}
