import type {
  ApiKey,
  ApiKeyAuthenticator,
  ApiKeyEncoder,
  AuthenticatedClient,
  AuthenticationError,
  Clock,
  RememberedApiKeys,
  StoredApiKey,
} from "@payments/domain";
import { okAsync, type ResultAsync } from "neverthrow";
import QuickLRU from "quick-lru";

export interface RememberingApiKeyAuthenticatorOptions {
  /**
   * So many clients that were seen last are remembered, and at most twice as many: those not seen for longest are
   * forgotten first. Default 100,000.
   */
  readonly capacity?: number;
  /** How long a success is remembered, in milliseconds. Default 600,000. */
  readonly lifetime?: number;
}

interface Memory {
  readonly client: AuthenticatedClient;
  /** In milliseconds since the epoch, exclusive. */
  readonly until: number;
}

/**
 * Spares a recognised client the next lookup. It may go on recognising a client for `lifetime` after the
 * key was ended, so it serves only where the answer's `credential` is verified by the write itself, as
 * `PaymentRepository.create` does. Refusals are never remembered, and a key in overlap not beyond its end.
 * In memory stands what the encoder makes of the key.
 */
export class RememberingApiKeyAuthenticator implements RememberedApiKeys {
  /** Asks storage each time, and remembers the answer. */
  readonly anew: ApiKeyAuthenticator = {
    authenticate: (apiKey) => this.#ask(apiKey, this.#encoder.encode(apiKey)),
  };

  readonly #authenticator: ApiKeyAuthenticator;
  readonly #encoder: ApiKeyEncoder;
  readonly #clock: Clock;
  readonly #lifetime: number;
  readonly #memories: QuickLRU<StoredApiKey, Memory>;

  constructor(
    authenticator: ApiKeyAuthenticator,
    encoder: ApiKeyEncoder,
    clock: Clock,
    options: RememberingApiKeyAuthenticatorOptions = {},
  ) {
    const { capacity = 100_000, lifetime = 600_000 } = options;
    this.#authenticator = authenticator;
    this.#encoder = encoder;
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.#memories = new QuickLRU({ maxSize: capacity });
  }

  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    const encoded = this.#encoder.encode(apiKey);
    const client = this.#remembered(encoded);
    return client === undefined ? this.#ask(apiKey, encoded) : okAsync(client);
  }

  remembers(apiKey: ApiKey): boolean {
    return this.#remembered(this.#encoder.encode(apiKey)) !== undefined;
  }

  #remembered(encoded: StoredApiKey): AuthenticatedClient | undefined {
    const memory = this.#memories.get(encoded);
    return memory !== undefined && this.#clock.now().getTime() < memory.until ? memory.client : undefined;
  }

  #ask(apiKey: ApiKey, encoded: StoredApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    return this.#authenticator
      .authenticate(apiKey)
      .map((client) => {
        this.#memories.set(encoded, { client, until: this.#endOf(client) });
        return client;
      })
      .mapErr((error) => {
        if (error.type !== "storage-unavailable") this.#memories.delete(encoded);
        return error;
      });
  }

  #endOf({ overlapEndsAt }: AuthenticatedClient): number {
    const end = this.#clock.now().getTime() + this.#lifetime;
    return overlapEndsAt === null ? end : Math.min(end, overlapEndsAt.getTime());
  }
}
