import type { ApiKey, Client, ClientId, Payment, StoredApiKey } from "@payments/domain";

export interface StoredClient {
  client: Client;
  apiKey: StoredApiKey | null;
  formerApiKey: { readonly key: StoredApiKey; readonly endsAt: Date } | null;
}

/** What the in-memory adapters share, as the tables of one database. */
export class InMemoryStorage {
  readonly clients = new Map<ClientId, StoredClient>();
  readonly payments: { readonly payment: Payment; readonly idempotencyKey: string | null }[] = [];
}

/** The in-memory adapters keep keys as they are. */
export const encode = (apiKey: ApiKey): StoredApiKey => apiKey.reveal() as StoredApiKey;
