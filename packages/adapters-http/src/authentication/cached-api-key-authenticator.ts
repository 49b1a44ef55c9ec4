import type {
  ApiKey,
  ApiKeyAuthenticator,
  ApiKeyEncoder,
  AuthenticatedClient,
  AuthenticationError,
  ClientId,
  Clock,
  StoredApiKey,
} from "@payments/domain";
import { okAsync, type ResultAsync } from "neverthrow";
import QuickLRU from "quick-lru";

/**
 * Authenticates recently seen keys without reading storage, so a result may be stale. Use it only where storage
 * verifies the result's `credential` again.
 */
export interface CachedApiKeys extends ApiKeyAuthenticator {
  /** Whether the key was accepted before and not refused since, so that it is no guess. Its result may have expired. */
  isKnown(apiKey: ApiKey): boolean;
  /** Makes the next authentication of this client read storage. It visits every entry, so it is not for each request. */
  forget(clientId: ClientId): void;
}

export interface CachedApiKeyAuthenticatorOptions {
  /** At least this many recently used keys stay cached, and at most twice as many. Default 100,000. */
  readonly capacity?: number;
  /** How long a success stays cached. Default 600,000. */
  readonly lifetimeMs?: number;
}

interface Entry {
  readonly client: AuthenticatedClient;
  /** Milliseconds since the epoch, exclusive. An expired entry still makes its key known. */
  expiresAt: number;
}

/**
 * Caches successful authentications. A key that ended may still be accepted for `lifetimeMs`, so use this only where
 * the write verifies the `credential`, as `PaymentRepository.create` does. Failures are never cached. A key in overlap
 * expires with its overlap. The cache holds encoded keys, never plain ones.
 */
export class CachedApiKeyAuthenticator implements CachedApiKeys {
  /** Reads storage every time, and updates the cache. */
  readonly uncached: ApiKeyAuthenticator = {
    authenticate: (apiKey) => this.#authenticateUncached(apiKey, this.#encoder.encode(apiKey)),
  };

  readonly #authenticator: ApiKeyAuthenticator;
  readonly #encoder: ApiKeyEncoder;
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  readonly #entries: QuickLRU<StoredApiKey, Entry>;
  /** How often clients were forgotten. A result that was read before must not be cached after. */
  #forgotten = 0;

  constructor(
    authenticator: ApiKeyAuthenticator,
    encoder: ApiKeyEncoder,
    clock: Clock,
    options: CachedApiKeyAuthenticatorOptions = {},
  ) {
    const { capacity = 100_000, lifetimeMs = 600_000 } = options;
    this.#authenticator = authenticator;
    this.#encoder = encoder;
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
    this.#entries = new QuickLRU({ maxSize: capacity });
  }

  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    const encoded = this.#encoder.encode(apiKey);
    const client = this.#cached(encoded);
    return client === undefined ? this.#authenticateUncached(apiKey, encoded) : okAsync(client);
  }

  isKnown(apiKey: ApiKey): boolean {
    return this.#entries.has(this.#encoder.encode(apiKey));
  }

  forget(clientId: ClientId): void {
    this.#forgotten++;
    for (const [, entry] of this.#entries) {
      if (entry.client.clientId === clientId) entry.expiresAt = Number.NEGATIVE_INFINITY;
    }
  }

  #cached(encoded: StoredApiKey): AuthenticatedClient | undefined {
    const entry = this.#entries.get(encoded);
    return entry !== undefined && this.#clock.now().getTime() < entry.expiresAt ? entry.client : undefined;
  }

  #authenticateUncached(apiKey: ApiKey, encoded: StoredApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    const forgotten = this.#forgotten;
    return this.#authenticator
      .authenticate(apiKey)
      .map((client) => {
        if (forgotten === this.#forgotten) this.#entries.set(encoded, { client, expiresAt: this.#expiryOf(client) });
        return client;
      })
      .mapErr((error) => {
        if (error.type !== "storage-unavailable") this.#entries.delete(encoded);
        return error;
      });
  }

  /** Storage's clock decides when an overlap ends, so only the remaining duration counts here. */
  #expiryOf({ overlapRemainingMs }: AuthenticatedClient): number {
    return this.#clock.now().getTime() + Math.min(this.#lifetimeMs, overlapRemainingMs ?? this.#lifetimeMs);
  }
}
