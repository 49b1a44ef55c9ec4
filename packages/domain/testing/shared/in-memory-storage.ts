import type { ApiKey, Client, ClientId, Credentials, Payment, StoredApiKey } from "@payments/domain";

export interface StoredClient {
  client: Client;
  credentials: Credentials;
}

/** The state that the in-memory adapters share, like the tables of one database. */
export class InMemoryStorage {
  readonly clients = new Map<ClientId, StoredClient>();
  readonly payments: { readonly payment: Payment; readonly idempotencyKey: string | null }[] = [];
}

/** The in-memory adapters store plain keys. */
export const encode = (apiKey: ApiKey): StoredApiKey => apiKey.reveal() as StoredApiKey;
