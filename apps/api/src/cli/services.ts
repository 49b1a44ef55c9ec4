import { CsprngApiKeyGenerator, UuidV7Generator } from "@payments/adapters-crypto";
import {
  type Knex,
  KnexClientRepository,
  KnexPaymentRepository,
  PostgresApiKeyUsage,
} from "@payments/adapters-postgres";
import {
  type ApiKeyUsage,
  type ClientRepository,
  CreateClient,
  type PaymentRepository,
  RevokeApiKey,
  RotateApiKey,
  UpdateClient,
} from "@payments/domain";
import { apiKeyEncoderFor } from "../api-key-encoder.ts";
import { environment } from "../config/environment.ts";
import { readConfig } from "../config/read-config.ts";
import { type AuditChange, withAudit } from "./audit.ts";
import { withDatabase } from "./database.ts";

/** What the operator's commands work with: the same ports and use cases as the service's. */
export interface Services {
  readonly knex: Knex;
  readonly clients: ClientRepository;
  readonly payments: PaymentRepository;
  readonly apiKeyUsage: ApiKeyUsage;
  readonly createClient: CreateClient;
  readonly updateClient: UpdateClient;
  readonly rotateApiKey: RotateApiKey;
  readonly revokeApiKey: RevokeApiKey;
}

/** To be told of each change that was made. */
export interface ChangingServices extends Services {
  readonly changed: AuditChange;
}

export const withServices = async <Result>(work: (services: Services) => Promise<Result>): Promise<Result> => {
  const { apiKeys } = readConfig(environment(), ["apiKeys"]);
  const generator = new CsprngApiKeyGenerator(apiKeys.prefix);
  const clock = { now: () => new Date() };
  return withDatabase((knex) => {
    const clients = new KnexClientRepository(knex, apiKeyEncoderFor(apiKeys));
    return work({
      knex,
      clients,
      payments: new KnexPaymentRepository(knex),
      apiKeyUsage: new PostgresApiKeyUsage(knex),
      createClient: new CreateClient(clients, generator, new UuidV7Generator(), clock),
      updateClient: new UpdateClient(clients, clock),
      rotateApiKey: new RotateApiKey(clients, generator, clock),
      revokeApiKey: new RevokeApiKey(clients, clock),
    });
  });
};

/** For commands that change accounts or keys. */
export const withChangingServices = <Result>(work: (services: ChangingServices) => Promise<Result>): Promise<Result> =>
  withAudit((changed) => withServices((services) => work({ ...services, changed })));
