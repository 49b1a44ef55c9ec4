import {
  type ApiKeyUsage,
  type AuthenticatedClient,
  type ClientApiKeyUsage,
  type ClientId,
  type ClientNotFound,
  type Clock,
  parseApiKey,
  type StoredApiKey,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { InMemoryStorage } from "../shared/in-memory-storage.ts";

interface Uses {
  lastUsedAt: Date;
  whileFormer: number;
}

export class InMemoryApiKeyUsage implements ApiKeyUsage {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;
  readonly #uses = new Map<StoredApiKey, Uses>();

  constructor(storage: InMemoryStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  record({ clientId, credential }: AuthenticatedClient): void {
    const isFormer = this.#storage.clients.get(clientId)?.formerApiKey?.key === credential;
    const whileFormer = (this.#uses.get(credential)?.whileFormer ?? 0) + (isFormer ? 1 : 0);
    this.#uses.set(credential, { lastUsedAt: this.#clock.now(), whileFormer });
  }

  find(id: ClientId): ResultAsync<ClientApiKeyUsage, ClientNotFound> {
    const stored = this.#storage.clients.get(id);
    if (stored === undefined) return errAsync({ type: "client-not-found" });
    const { apiKey, formerApiKey } = stored;
    const former = formerApiKey !== null && formerApiKey.endsAt > this.#clock.now() ? formerApiKey : null;
    return okAsync({
      lastUsedAt: (apiKey !== null && this.#uses.get(apiKey)?.lastUsedAt) || null,
      former: former && {
        keyHint: parseApiKey(former.key).unwrapOr(null)?.hint ?? null,
        overlapEndsAt: former.endsAt,
        lastUsedAt: this.#uses.get(former.key)?.lastUsedAt ?? null,
        uses: this.#uses.get(former.key)?.whileFormer ?? 0,
      },
    });
  }
}
