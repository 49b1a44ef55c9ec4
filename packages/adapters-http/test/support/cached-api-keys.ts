import type { CachedApiKeys } from "@payments/adapters-http";
import type { ApiKeyAuthenticator, AuthenticatedClient } from "@payments/domain";
import { okAsync } from "neverthrow";

/** Authenticates from a cache until an uncached authentication finds that the key has ended. */
export const withCache = (authenticator: ApiKeyAuthenticator) => {
  const cache = new Map<string, AuthenticatedClient>();
  const apiKeys: ApiKeyAuthenticator = {
    authenticate: (apiKey) =>
      authenticator
        .authenticate(apiKey)
        .map((client) => {
          cache.set(apiKey.reveal(), client);
          return client;
        })
        .mapErr((error) => {
          if (error.type !== "storage-unavailable") cache.delete(apiKey.reveal());
          return error;
        }),
  };
  const cachedApiKeys: CachedApiKeys = {
    isKnown: (apiKey) => cache.has(apiKey.reveal()),
    forget: (clientId) => {
      for (const [key, client] of cache) if (client.clientId === clientId) cache.delete(key);
    },
    authenticate: (apiKey) => {
      const client = cache.get(apiKey.reveal());
      return client === undefined ? apiKeys.authenticate(apiKey) : okAsync(client);
    },
  };
  return { apiKeys, cachedApiKeys };
};
