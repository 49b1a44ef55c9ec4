export { type AdminTokenOptions, issueAdminToken } from "./admin-token.ts";
export {
  type AdminTokenKeys,
  type AsymmetricAlgorithm,
  JWT_ALGORITHMS,
  keysFromJwks,
  keysFromPublicKey,
  keysFromSecret,
  MINIMUM_SECRET_BYTES,
} from "./admin-token-keys.ts";
export { CsprngApiKeyGenerator } from "./csprng-api-key-generator.ts";
export { DigestApiKeyEncoder } from "./digest-api-key-encoder.ts";
export { JwtAdminAuthenticator, type JwtAdminAuthenticatorOptions } from "./jwt-admin-authenticator.ts";
export { PlaintextApiKeyEncoder } from "./plaintext-api-key-encoder.ts";
export { UuidV7Generator } from "./uuid-v7-generator.ts";
