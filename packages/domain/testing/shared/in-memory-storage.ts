import {
  type ApiKey,
  type Client,
  type ClientId,
  type Credentials,
  type Payment,
  parseApiKey,
  type StoredApiKey,
} from "@payments/domain";

export interface StoredClient {
  client: Client;
  credentials: Credentials;
  ended: { readonly key: StoredApiKey; readonly endedAt: Date } | null;
}

/** The state that the in-memory adapters share, like the tables of one database. */
export class InMemoryStorage {
  readonly clients = new Map<ClientId, StoredClient>();
  readonly payments: { readonly payment: Payment; readonly idempotencyKey: string | null }[] = [];
}

/** The in-memory adapters store plain keys. */
export const encode = (apiKey: ApiKey): StoredApiKey => apiKey.reveal() as StoredApiKey;

export const hintOf = (key: StoredApiKey): string | null => parseApiKey(key).unwrapOr(null)?.hint ?? null;
