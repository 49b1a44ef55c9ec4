import type { ApiKey, ApiKeyAuthenticator, AuthenticatedClient, AuthenticationError, Clock } from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { encode, type InMemoryStorage } from "../shared/in-memory-storage.ts";

export class InMemoryApiKeyAuthenticator implements ApiKeyAuthenticator {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;

  constructor(storage: InMemoryStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    const credential = encode(apiKey);
    for (const { client, apiKey: current, formerApiKey } of this.#storage.clients.values()) {
      const overlapEndsAt = formerApiKey?.key === credential ? formerApiKey.endsAt : null;
      if (current !== credential && overlapEndsAt === null) continue;
      if (client.status !== "active") return errAsync({ type: "client-inactive", clientId: client.id });
      if (overlapEndsAt !== null && overlapEndsAt <= this.#clock.now()) {
        return errAsync({ type: "overlap-ended", clientId: client.id });
      }
      return okAsync({ clientId: client.id, credential, keyHint: apiKey.hint, overlapEndsAt });
    }
    return errAsync({ type: "api-key-unknown" });
  }
}
