import {
  type ApiKey,
  type ApiKeyAuthenticator,
  type AuthenticatedClient,
  type AuthenticationError,
  type Clock,
  isCurrent,
} from "@payments/domain";
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
    const now = this.#clock.now();
    for (const { client, credentials } of this.#storage.clients.values()) {
      const former = credentials.type === "overlap" && credentials.former === credential ? credentials : null;
      const current = isCurrent(credentials, credential, now);
      if (former === null && !current) continue;
      if (client.status !== "active") return errAsync({ type: "client-inactive", clientId: client.id });
      if (!current) return errAsync({ type: "overlap-ended", clientId: client.id });
      const overlapEndsAt = former?.endsAt ?? null;
      const overlapRemainingMs = overlapEndsAt && overlapEndsAt.getTime() - now.getTime();
      return okAsync({
        clientId: client.id,
        mode: client.mode,
        fee: client.fee,
        processorAccount: client.processorAccount,
        credential,
        keyHint: apiKey.hint,
        overlapEndsAt,
        overlapRemainingMs,
      });
    }
    return errAsync({ type: "api-key-unknown" });
  }
}
