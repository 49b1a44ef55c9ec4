import { CsprngApiKeyGenerator, DigestApiKeyEncoder, PlaintextApiKeyEncoder } from "@payments/adapters-crypto";
import { KnexAuditLog, KnexClientRepository, PostgresApiKeyUsage } from "@payments/adapters-postgres";
import { CreateClient, EndFormerApiKey, RevokeApiKey, RotateApiKey, UpdateClient } from "@payments/domain";
import { ContainerModule } from "inversify";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** Clients, their API keys and the audit events of all changes. */
export const clientsModule = new ContainerModule(({ bind }) => {
  bind(T.ApiKeyGenerator).toResolvedValue(({ prefix }) => new CsprngApiKeyGenerator(prefix), [CONFIG.apiKeys]);
  bind(T.ApiKeyEncoder).toResolvedValue(
    ({ peppers, nextPepper, storage }) => {
      const digests = new DigestApiKeyEncoder(peppers, nextPepper);
      return storage === "digest" ? digests : new PlaintextApiKeyEncoder(digests);
    },
    [CONFIG.apiKeys],
  );
  bind(T.ClientRepository).toResolvedValue(
    (knex, encoder) => new KnexClientRepository(knex, encoder),
    [T.Knex, T.ApiKeyEncoder],
  );
  bind(T.AuditLog).toResolvedValue((knex) => new KnexAuditLog(knex), [T.Knex]);
  bind(T.ApiKeyUsage).toResolvedValue(
    (knex, logger) =>
      new PostgresApiKeyUsage(knex, {
        onError: (err) => logger.warn({ err }, "the use of API keys was not written; it is kept and retried"),
      }),
    [T.Knex, T.Logger],
  );
  bind(CreateClient).toResolvedValue(
    (clients, keys, ids, clock) => new CreateClient(clients, keys, ids, clock),
    [T.ClientRepository, T.ApiKeyGenerator, T.IdGenerator, T.Clock],
  );
  bind(UpdateClient).toResolvedValue(
    (clients, clock) => new UpdateClient(clients, clock),
    [T.ClientRepository, T.Clock],
  );
  bind(RotateApiKey).toResolvedValue(
    (clients, keys, clock) => new RotateApiKey(clients, keys, clock),
    [T.ClientRepository, T.ApiKeyGenerator, T.Clock],
  );
  bind(EndFormerApiKey).toResolvedValue(
    (clients, clock) => new EndFormerApiKey(clients, clock),
    [T.ClientRepository, T.Clock],
  );
  bind(RevokeApiKey).toResolvedValue(
    (clients, clock) => new RevokeApiKey(clients, clock),
    [T.ClientRepository, T.Clock],
  );
});
