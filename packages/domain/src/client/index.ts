export {
  API_KEY_ENTROPY_BYTES,
  type ApiKey,
  type ApiKeyGenerator,
  type ApiKeyPrefix,
  createApiKey,
  type MalformedApiKey,
  parseApiKey,
  parseApiKeyPrefix,
  testPrefixOf,
} from "./api-key.ts";
export type {
  ApiKeyAuthenticator,
  AuthenticatedClient,
  AuthenticationError,
  FailedAuthentication,
} from "./api-key-authenticator.ts";
export type { ApiKeyEncoder } from "./api-key-encoder.ts";
export type { ApiKeyUsage, ClientApiKeyUsage, EndedApiKeyUsage, FormerApiKeyUsage } from "./api-key-usage.ts";
export {
  type Client,
  type ClientChanges,
  type ClientId,
  type ClientName,
  type ClientNotFound,
  type ClientStatus,
  type ClientUpdate,
  createClient,
  type EmailAddress,
  MAXIMUM_EMAIL_LENGTH,
  MAXIMUM_NAME_LENGTH,
  type Mode,
  parseClientId,
  parseClientName,
  parseEmailAddress,
  rehydrateClient,
} from "./client.ts";
export { toClientDetailsJson, toClientJson } from "./client-json.ts";
export type {
  ClientAlreadyExists,
  ClientRepository,
  EndedApiKeys,
  StoredCreation,
} from "./client-repository.ts";
export type { ConnectedAccountStatus, ConnectedAccounts, OnboardingLink } from "./connected-accounts.ts";
export {
  CreateClient,
  type CreateClientCommand,
  type CreateClientError,
  type CreatedClient,
} from "./create-client.ts";
export {
  type Credentials,
  endFormer,
  isCurrent,
  MAXIMUM_OVERLAP_SECONDS,
  type OverlapInProgress,
  type OverlapSeconds,
  parseOverlapSeconds,
  type Rotation,
  rehydrateStoredApiKey,
  revoke,
  rotate,
  type StoredApiKey,
} from "./credentials.ts";
export {
  type ConnectedAccountsByMode,
  OnboardClient,
  type OnboardingError,
  type OnboardingPage,
  type OnboardingTokenInvalid,
  type OnboardingTokens,
} from "./onboard-client.ts";
export type { QuotaDecision, RequestQuota } from "./request-quota.ts";
export { EndFormerApiKey, RevokeApiKey } from "./revoke-api-key.ts";
export { RotateApiKey, type RotateApiKeyError, type RotatedApiKey } from "./rotate-api-key.ts";
export { UpdateClient, type UpdateClientError } from "./update-client.ts";
