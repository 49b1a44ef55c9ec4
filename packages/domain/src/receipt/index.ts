export { IssueReceipt, type IssueReceiptError, RotateSigningKey } from "./issue-receipt.ts";
export { type Receipt, type SignedReceipt, toReceiptClaims } from "./receipt.ts";
export {
  type NewSigningKey,
  type PublicJwk,
  parseSigningKeyId,
  type ReceiptSigner,
  rehydrateSigningKeyId,
  type SigningKey,
  type SigningKeyId,
  type SigningKeyNotFound,
  type SigningKeys,
} from "./signing-key.ts";
