import { Ed25519ReceiptSigner } from "@payments/adapters-crypto";
import { KnexSigningKeys } from "@payments/adapters-postgres";
import { IssueReceipt, RotateSigningKey } from "@payments/domain";
import { ContainerModule } from "inversify";
import { TOKENS as T } from "./tokens.ts";

/** Signed receipts of payments and the keys that sign them. */
export const receiptsModule = new ContainerModule(({ bind }) => {
  bind(T.SigningKeys).toResolvedValue((knex) => new KnexSigningKeys(knex), [T.Knex]);
  bind(T.ReceiptSigner).toResolvedValue((publicUrl) => new Ed25519ReceiptSigner(() => publicUrl.value), [T.PublicUrl]);
  bind(RotateSigningKey).toResolvedValue(
    (keys, signer, cipher) => new RotateSigningKey(keys, signer, cipher),
    [T.SigningKeys, T.ReceiptSigner, T.SecretCipher],
  );
  bind(IssueReceipt).toResolvedValue(
    (keys, signer, cipher, clients, clock) => new IssueReceipt(keys, signer, cipher, clients, clock),
    [T.SigningKeys, T.ReceiptSigner, T.SecretCipher, T.ClientRepository, T.Clock],
  );
});
