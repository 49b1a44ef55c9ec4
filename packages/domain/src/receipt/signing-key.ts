import { ok, type Result, type ResultAsync } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { EncryptedSecret } from "../shared/secret-cipher.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { Receipt, SignedReceipt } from "./receipt.ts";

/** The thumbprint of the public key (RFC 7638), and the `kid` of its receipts. */
export type SigningKeyId = Brand<string, "SigningKeyId">;

export const parseSigningKeyId = (raw: string): Result<SigningKeyId, InvalidValue> =>
  /^[\w-]{43}$/.test(raw) ? ok(raw as SigningKeyId) : invalidValue("must be the id of a signing key");

export const rehydrateSigningKeyId = (stored: string): SigningKeyId => stored as SigningKeyId;

/** A JSON Web Key (RFC 7517). */
export type PublicJwk = Readonly<Record<string, string>>;

/** A published key: receipts that it signed are valid. */
export interface SigningKey {
  readonly id: SigningKeyId;
  readonly publicKey: PublicJwk;
  readonly createdAt: Date;
  /** Published before, so that verifiers have it when it starts to sign. */
  readonly signsFrom: Date;
  readonly state: "signs" | "will-sign" | "verifies";
}

export interface NewSigningKey extends Pick<SigningKey, "id" | "publicKey"> {
  readonly privateKey: EncryptedSecret;
}

export interface SigningKeyNotFound {
  readonly type: "signing-key-not-found";
}

/** Times are those of storage's clock. Every method may fail with `storage-unavailable`. */
export interface SigningKeys {
  /** The published keys, newest first. */
  list(): ResultAsync<readonly SigningKey[], StorageUnavailable>;

  /** The key that signs now: of those that may, the one that started last. Null if there is none. */
  current(): ResultAsync<Pick<NewSigningKey, "id" | "privateKey"> | null, StorageUnavailable>;

  /**
   * Publishes a key that signs after the delay, and returns when. Forgets the private keys that had stopped signing
   * before.
   */
  add(key: NewSigningKey, delaySeconds: number): ResultAsync<Date, StorageUnavailable>;

  /** Unpublishes a key and forgets its private key: its receipts are no longer valid. */
  remove(id: SigningKeyId): ResultAsync<void, SigningKeyNotFound | StorageUnavailable>;
}

export interface ReceiptSigner {
  /** `privateKey` is a secret text that only `sign` understands. */
  generateKey(): ResultAsync<Pick<SigningKey, "id" | "publicKey"> & { readonly privateKey: string }, never>;

  sign(
    receipt: Receipt,
    key: { readonly id: SigningKeyId; readonly privateKey: string },
  ): ResultAsync<SignedReceipt, never>;
}
