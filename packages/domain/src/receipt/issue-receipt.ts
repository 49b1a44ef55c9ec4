import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { AuthenticatedClient } from "../client/api-key-authenticator.ts";
import type { ClientNotFound } from "../client/client.ts";
import type { ClientRepository } from "../client/client-repository.ts";
import type { EncryptionNotConfigured } from "../event/manage-webhook-endpoints.ts";
import type { PaymentJson } from "../payment/payment-json.ts";
import type { Clock } from "../shared/clock.ts";
import type { SecretCipher, SecretUnreadable } from "../shared/secret-cipher.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { SignedReceipt } from "./receipt.ts";
import type { NewSigningKey, ReceiptSigner, SigningKey, SigningKeys } from "./signing-key.ts";

const encryptionNotConfigured: EncryptionNotConfigured = { type: "encryption-not-configured" };

/** Creates and replaces the key that signs receipts. */
export class RotateSigningKey {
  readonly #keys: SigningKeys;
  readonly #signer: ReceiptSigner;
  readonly #cipher: SecretCipher | null;

  constructor(keys: SigningKeys, signer: ReceiptSigner, cipher: SecretCipher | null) {
    this.#keys = keys;
    this.#signer = signer;
    this.#cipher = cipher;
  }

  /** The new key is published at once and signs after the delay. Receipts of earlier keys stay valid. */
  execute(
    delaySeconds: number,
  ): ResultAsync<Pick<SigningKey, "id" | "signsFrom"> & NewSigningKey, EncryptionNotConfigured | StorageUnavailable> {
    const cipher = this.#cipher;
    if (cipher === null) return errAsync(encryptionNotConfigured);
    return this.#signer.generateKey().andThen(({ privateKey, ...generated }) => {
      const key = { ...generated, privateKey: cipher.encrypt(privateKey, generated.id) };
      return this.#keys.add(key, delaySeconds).map((signsFrom) => ({ ...key, signsFrom }));
    });
  }
}

export type IssueReceiptError = ClientNotFound | EncryptionNotConfigured | SecretUnreadable | StorageUnavailable;

/** Signs receipts of a client's own payments. The first receipt creates the first key. */
export class IssueReceipt {
  readonly #keys: SigningKeys;
  readonly #signer: ReceiptSigner;
  readonly #cipher: SecretCipher | null;
  readonly #clients: ClientRepository;
  readonly #clock: Clock;

  constructor(
    keys: SigningKeys,
    signer: ReceiptSigner,
    cipher: SecretCipher | null,
    clients: ClientRepository,
    clock: Clock,
  ) {
    this.#keys = keys;
    this.#signer = signer;
    this.#cipher = cipher;
    this.#clients = clients;
    this.#clock = clock;
  }

  execute(
    { clientId, keyHint }: Pick<AuthenticatedClient, "clientId" | "keyHint">,
    payment: PaymentJson,
  ): ResultAsync<SignedReceipt, IssueReceiptError> {
    const cipher = this.#cipher;
    if (cipher === null) return errAsync(encryptionNotConfigured);
    return this.#clients
      .find(clientId)
      .andThen((client) =>
        this.#currentKey().andThen(({ id, privateKey }) =>
          cipher
            .decrypt(privateKey, id)
            .asyncAndThen((decrypted) =>
              this.#signer.sign(
                { payment, client, keyHint, issuedAt: this.#clock.now() },
                { id, privateKey: decrypted },
              ),
            ),
        ),
      );
  }

  /** Two processes may both create a first key: both are published, so the receipts of both are valid. */
  #currentKey(): ResultAsync<Pick<NewSigningKey, "id" | "privateKey">, EncryptionNotConfigured | StorageUnavailable> {
    return this.#keys
      .current()
      .andThen<Pick<NewSigningKey, "id" | "privateKey">, EncryptionNotConfigured | StorageUnavailable>((key) =>
        key === null ? new RotateSigningKey(this.#keys, this.#signer, this.#cipher).execute(0) : okAsync(key),
      );
  }
}
