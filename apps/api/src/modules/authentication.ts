import { JwtAdminAuthenticator } from "@payments/adapters-crypto";
import { CachedApiKeyAuthenticator } from "@payments/adapters-http";
import { PostgresApiKeyAuthenticator } from "@payments/adapters-postgres";
import { ContainerModule } from "inversify";
import { tracedAuthenticator, tracedCache } from "../observability/traced-ports.ts";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** Authenticates admins by their tokens and clients by their API keys. */
export const authenticationModule = new ContainerModule(({ bind }) => {
  bind(T.AdminAuthenticator).toResolvedValue(
    (adminTokens, clock) => new JwtAdminAuthenticator({ ...adminTokens, clock }),
    [CONFIG.adminTokens, T.Clock],
  );
  bind(T.ApiKeyAuthenticator).toResolvedValue(
    (knex, encoder, statistics, tracing) => {
      const authenticator = new PostgresApiKeyAuthenticator(knex, encoder, { statistics });
      return tracing === null ? authenticator : tracedAuthenticator(authenticator, "look up API key", tracing);
    },
    [T.Knex, T.ApiKeyEncoder, T.DatabaseStatistics, T.Tracing],
  );
  bind(T.CachedApiKeyAuthenticator).toResolvedValue(
    (authenticator, encoder, clock, tracing) => {
      const cache = new CachedApiKeyAuthenticator(authenticator, encoder, clock);
      return tracing === null ? cache : tracedCache(cache, tracing);
    },
    [T.ApiKeyAuthenticator, T.ApiKeyEncoder, T.Clock, T.Tracing],
  );
});
