import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import {
  type Receipt,
  type ReceiptSigner,
  rehydrateSigningKeyId,
  type SignedReceipt,
  type SigningKeyId,
  toReceiptClaims,
} from "@payments/domain";
import { CompactSign, calculateJwkThumbprint } from "jose";
import { ResultAsync } from "neverthrow";

/** Keeps receipts apart from other tokens: a verifier may require it. */
const TYPE = "receipt+jwt";

/** Signs receipts with Ed25519 (RFC 8037). `issuer` gives the URL of the service, which is known once it listens. */
export class Ed25519ReceiptSigner implements ReceiptSigner {
  readonly #issuer: () => string;

  constructor(issuer: () => string) {
    this.#issuer = issuer;
  }

  generateKey(): ReturnType<ReceiptSigner["generateKey"]> {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const { kty = "", crv = "", x = "" } = publicKey.export({ format: "jwk" });
    return ResultAsync.fromSafePromise(calculateJwkThumbprint({ kty, crv, x })).map((thumbprint) => ({
      id: rehydrateSigningKeyId(thumbprint),
      publicKey: { kty, crv, x, kid: thumbprint, alg: "EdDSA", use: "sig" },
      privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    }));
  }

  sign(
    receipt: Receipt,
    { id, privateKey }: { readonly id: SigningKeyId; readonly privateKey: string },
  ): ResultAsync<SignedReceipt, never> {
    const claims = new TextEncoder().encode(JSON.stringify(toReceiptClaims(receipt, this.#issuer())));
    const signed = new CompactSign(claims)
      .setProtectedHeader({ alg: "EdDSA", typ: TYPE, kid: id })
      .sign(createPrivateKey(privateKey));
    return ResultAsync.fromSafePromise(signed).map((jws) => jws as SignedReceipt);
  }
}
