import {
  type Clock,
  type NewSigningKey,
  type Receipt,
  type ReceiptSigner,
  rehydrateSigningKeyId,
  type SignedReceipt,
  type SigningKey,
  type SigningKeyId,
  type SigningKeyNotFound,
  type SigningKeys,
  toReceiptClaims,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";

type Stored = Omit<SigningKey, "state"> & { privateKey: NewSigningKey["privateKey"] | null };

export class InMemorySigningKeys implements SigningKeys {
  readonly #clock: Clock;
  #keys: Stored[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(): ResultAsync<readonly SigningKey[], never> {
    const now = this.#clock.now();
    const signing = this.#signing();
    return okAsync(
      this.#keys.toReversed().map(({ privateKey, ...key }) => ({
        ...key,
        state: key.signsFrom > now ? "will-sign" : key.id === signing?.id ? "signs" : "verifies",
      })),
    );
  }

  current(): ResultAsync<Pick<NewSigningKey, "id" | "privateKey"> | null, never> {
    const key = this.#signing();
    return okAsync(key === undefined || key.privateKey === null ? null : { id: key.id, privateKey: key.privateKey });
  }

  add(key: NewSigningKey, delaySeconds: number): ResultAsync<Date, never> {
    const signing = this.#signing();
    for (const stored of this.#keys) {
      if (signing !== undefined && stored.signsFrom < signing.signsFrom) stored.privateKey = null;
    }
    const createdAt = this.#clock.now();
    const signsFrom = new Date(createdAt.getTime() + delaySeconds * 1_000);
    this.#keys.push({ ...key, createdAt, signsFrom });
    this.#keys.sort((one, other) => one.signsFrom.getTime() - other.signsFrom.getTime());
    return okAsync(signsFrom);
  }

  remove(id: SigningKeyId): ResultAsync<void, SigningKeyNotFound> {
    const before = this.#keys.length;
    this.#keys = this.#keys.filter((key) => key.id !== id);
    return this.#keys.length < before ? okAsync(undefined) : errAsync({ type: "signing-key-not-found" });
  }

  #signing(): Stored | undefined {
    const now = this.#clock.now();
    return this.#keys.findLast(({ privateKey, signsFrom }) => privateKey !== null && signsFrom <= now);
  }
}

/** Its keys are numbers, and its receipts JSON. */
export class InMemoryReceiptSigner implements ReceiptSigner {
  #generated = 0;

  generateKey(): ReturnType<ReceiptSigner["generateKey"]> {
    this.#generated += 1;
    const id = rehydrateSigningKeyId(`key-${this.#generated}`);
    const publicKey = { kty: "OKP", crv: "Ed25519", x: "", kid: id, alg: "EdDSA", use: "sig" };
    return okAsync({ id, publicKey, privateKey: `private ${id}` });
  }

  sign(
    receipt: Receipt,
    key: { readonly id: SigningKeyId; readonly privateKey: string },
  ): ResultAsync<SignedReceipt, never> {
    return okAsync(
      JSON.stringify({ key, claims: toReceiptClaims(receipt, "https://payments.example") }) as SignedReceipt,
    );
  }
}
