import type { ApiKey, Client, ClientId, Payment, StoredApiKey } from "@payments/domain";
import { aClient, anActor, aPayment, expectOk, SeededApiKeys, SequentialIds } from "@payments/domain/testing";
import { type Knex, KnexClientRepository } from "../../src/index.ts";
import { testEncoder } from "./test-encoder.ts";

const keys = new SeededApiKeys(20_000);
const ids = new SequentialIds();

/** A client with a key, and payments that nobody made before. */
export interface Tenant {
  readonly client: Client;
  readonly id: ClientId;
  readonly apiKey: ApiKey;
  readonly credential: StoredApiKey;
  payment(fields?: Partial<Parameters<typeof aPayment>[0]>): Payment;
}

export const nextApiKey = (): ApiKey => keys.generate();

/** Stores a new active client whose key stands as `testEncoder` encodes it. */
export const createTenant = async (knex: Knex, id = `client-${ids.next()}`): Promise<Tenant> => {
  const apiKey = nextApiKey();
  const client = aClient({ id, keyHint: apiKey.hint });
  expectOk(await new KnexClientRepository(knex, testEncoder).create(client, apiKey, anActor, null));
  return {
    client,
    id: client.id,
    apiKey,
    credential: testEncoder.encode(apiKey),
    payment: (fields = {}) => aPayment({ uuid: ids.next(), clientId: client.id, ...fields }),
  };
};
