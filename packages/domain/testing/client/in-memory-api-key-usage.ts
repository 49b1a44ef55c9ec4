import {
  type ApiKeyUsage,
  type AuthenticatedClient,
  type ClientApiKeyUsage,
  type ClientId,
  type ClientNotFound,
  type Clock,
  type Credentials,
  type FormerApiKeyUsage,
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
    const credentials = this.#storage.clients.get(clientId)?.credentials;
    const isFormer = credentials?.type === "overlap" && credentials.former === credential;
    const whileFormer = (this.#uses.get(credential)?.whileFormer ?? 0) + (isFormer ? 1 : 0);
    this.#uses.set(credential, { lastUsedAt: this.#clock.now(), whileFormer });
  }

  find(id: ClientId): ResultAsync<ClientApiKeyUsage, ClientNotFound> {
    const stored = this.#storage.clients.get(id);
    if (stored === undefined) return errAsync({ type: "client-not-found" });
    const { credentials } = stored;
    const current = credentials.type === "current" || credentials.type === "overlap" ? credentials.current : null;
    return okAsync({
      lastUsedAt: (current !== null && this.#uses.get(current)?.lastUsedAt) || null,
      former: this.#formerUsage(credentials),
    });
  }

  #formerUsage(credentials: Credentials): FormerApiKeyUsage | null {
    if (credentials.type !== "overlap" || credentials.endsAt <= this.#clock.now()) return null;
    const { former, endsAt } = credentials;
    return {
      keyHint: parseApiKey(former).unwrapOr(null)?.hint ?? null,
      overlapEndsAt: endsAt,
      lastUsedAt: this.#uses.get(former)?.lastUsedAt ?? null,
      uses: this.#uses.get(former)?.whileFormer ?? 0,
    };
  }
}
