import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { anActor, aRotation, expectError, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { KnexClientRepository, PostgresApiKeyAuthenticator } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { createTenant, nextApiKey, type Tenant } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const { openTransaction } = closedAfterEach();

let database: TestDatabase;
let tenant: Tenant;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.knex.raw("truncate clients");
  tenant = await createTenant(database.knex, "client-1");
  await database.unlogged.knex("clients").update({ api_key: tenant.apiKey.reveal() });
});
afterAll(() => database.drop());

const untilOneWaitsForALock = async (): Promise<void> => {
  for (const end = Date.now() + 2_000; Date.now() < end; ) {
    const { rows } = await database.knex.raw(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
  }
  throw new Error("the key was not rewritten");
};

/** The key is looked up before `change` can be seen, and would be rewritten after. */
const useWhile = async (change: (clients: KnexClientRepository) => Promise<unknown>) => {
  const authenticator = new PostgresApiKeyAuthenticator(database.knex, testEncoder);
  const trx = await openTransaction(database.knex);
  await change(new KnexClientRepository(trx, testEncoder));
  const use = authenticator.authenticate(tenant.apiKey);
  await untilOneWaitsForALock();
  await trx.commit();
  return use;
};

describe("the first use of a plain key during", () => {
  it("a rotation fails, and the new key stays", async () => {
    const rotated = nextApiKey();
    const used = await useWhile(async (clients) =>
      expectOk(await clients.replaceApiKey(tenant.id, rotated, aRotation(), new Date(), anActor)),
    );
    expect(expectError(used)).toEqual({ type: "api-key-unknown" });
    expect(await database.knex("clients").first("api_key")).toEqual({ api_key: testEncoder.encode(rotated) });
  });

  it("a revocation fails, and the key stays revoked", async () => {
    const used = await useWhile(async (clients) =>
      expectOk(await clients.revokeApiKey(tenant.id, new Date(), anActor)),
    );
    expect(expectError(used)).toEqual({ type: "api-key-unknown" });
    expect(await database.knex("clients").first("api_key")).toEqual({ api_key: null });
  });
});
