import type {
  ApiKeyUsage,
  AuthenticatedClient,
  ClientApiKeyUsage,
  ClientId,
  ClientNotFound,
  Clock,
  Credentials,
  EndedApiKeyUsage,
  FormerApiKeyUsage,
  StoredApiKey,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { hintOf, type InMemoryStorage, type StoredClient } from "../shared/in-memory-storage.ts";

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
      ended: this.#endedUsage(stored),
    });
  }

  #endedUsage({ credentials, ended }: StoredClient): EndedApiKeyUsage | null {
    const isOver = credentials.type === "overlap" && credentials.endsAt <= this.#clock.now();
    const last = isOver ? { key: credentials.former, endedAt: credentials.endsAt } : ended;
    return (
      last && {
        keyHint: hintOf(last.key),
        endedAt: last.endedAt,
        lastUsedAt: this.#uses.get(last.key)?.lastUsedAt ?? null,
      }
    );
  }

  #formerUsage(credentials: Credentials): FormerApiKeyUsage | null {
    if (credentials.type !== "overlap" || credentials.endsAt <= this.#clock.now()) return null;
    const { former, endsAt } = credentials;
    return {
      keyHint: hintOf(former),
      overlapEndsAt: endsAt,
      lastUsedAt: this.#uses.get(former)?.lastUsedAt ?? null,
      uses: this.#uses.get(former)?.whileFormer ?? 0,
    };
  }
}
