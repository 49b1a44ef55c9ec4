export { ADMIN_SUBJECT_RULE, type AdminTokenOptions, isAdminSubject, issueAdminToken } from "./admin/admin-token.ts";
export {
  type AdminTokenKeys,
  type AsymmetricAlgorithm,
  JWT_ALGORITHMS,
  keyFromSecret,
  keysFromJwks,
  keysFromPublicKey,
  keysFromSecret,
  MINIMUM_SECRET_BYTES,
} from "./admin/admin-token-keys.ts";
export {
  type AdminTokenClaims,
  type AdminTokenError,
  JwtAdminAuthenticator,
  type JwtAdminAuthenticatorOptions,
} from "./admin/jwt-admin-authenticator.ts";
export { DigestApiKeyEncoder, PlaintextApiKeyEncoder } from "./client/api-key-encoders.ts";
export { Ed25519ReceiptSigner } from "./receipt/ed25519-receipt-signer.ts";
export { AesSecretCipher, ENCRYPTION_KEY_BYTES, parseEncryptionKey } from "./shared/aes-secret-cipher.ts";
export { CsprngApiKeyGenerator, CsprngWebhookSecretGenerator } from "./shared/csprng-generators.ts";
export { UuidV7Generator } from "./shared/uuid-v7-generator.ts";
