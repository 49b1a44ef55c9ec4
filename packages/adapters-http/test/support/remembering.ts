import type { ApiKeyAuthenticator, AuthenticatedClient, RememberedApiKeys } from "@payments/domain";
import { okAsync } from "neverthrow";

/** Answers from memory whom it let in before, until it is asked anew and learns that the key has ended. */
export const remembering = (authenticator: ApiKeyAuthenticator) => {
  const memory = new Map<string, AuthenticatedClient>();
  const apiKeys: ApiKeyAuthenticator = {
    authenticate: (apiKey) =>
      authenticator
        .authenticate(apiKey)
        .map((client) => {
          memory.set(apiKey.reveal(), client);
          return client;
        })
        .mapErr((error) => {
          if (error.type !== "storage-unavailable") memory.delete(apiKey.reveal());
          return error;
        }),
  };
  const rememberedApiKeys: RememberedApiKeys = {
    remembers: (apiKey) => memory.has(apiKey.reveal()),
    authenticate: (apiKey) => {
      const client = memory.get(apiKey.reveal());
      return client === undefined ? apiKeys.authenticate(apiKey) : okAsync(client);
    },
  };
  return { apiKeys, rememberedApiKeys };
};
