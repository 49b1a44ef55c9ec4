import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { aClient, anActor, aRotation, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { KnexClientRepository } from "../../src/index.ts";
import { createTenant, nextApiKey } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

let database: TestDatabase;
let clients: KnexClientRepository;
beforeAll(async () => {
  database = await createTestDatabase();
  clients = new KnexClientRepository(database.knex, testEncoder);
});
afterAll(() => database.drop());

const stored = (id: string) => database.knex("clients").where({ id }).first();

it("stores no key in plain text", async () => {
  const { id, apiKey } = await createTenant(database.knex);
  expect(await stored(id)).toMatchObject({ api_key: testEncoder.encode(apiKey), api_key_hint: apiKey.hint });
  const second = nextApiKey();
  const rotation = aRotation({ overlapSeconds: 60 });
  const end = expectOk(await clients.replaceApiKey(id, second, rotation, new Date(), anActor));
  expect(await stored(id)).toMatchObject({
    api_key: testEncoder.encode(second),
    api_key_hint: second.hint,
    former_api_key: testEncoder.encode(apiKey),
    former_api_key_hint: apiKey.hint,
    former_api_key_ends_at: end,
  });
});

it("throws for a key that another client has, because a generator never repeats a key", async () => {
  const [{ apiKey }, other] = [await createTenant(database.knex), await createTenant(database.knex)];
  const rejection = { code: "23505", constraint: "clients_api_key_key" };
  await expect(clients.create(aClient({ id: "second" }), apiKey, anActor, null)).rejects.toMatchObject(rejection);
  await expect(clients.replaceApiKey(other.id, apiKey, aRotation(), new Date(), anActor)).rejects.toMatchObject(
    rejection,
  );
});

it("keeps the time of the first revocation until the client gets a new key", async () => {
  const { id } = await createTenant(database.knex);
  const [first, second] = [new Date("2026-01-01"), new Date("2026-01-02")];
  expectOk(await clients.revokeApiKey(id, first, anActor));
  expectOk(await clients.revokeApiKey(id, second, anActor));
  expect(await stored(id)).toMatchObject({ api_key_revoked_at: first, updated_at: second, former_api_key: null });
  expectOk(await clients.replaceApiKey(id, nextApiKey(), aRotation({ overlapSeconds: 60 }), second, anActor));
  expect(await stored(id)).toMatchObject({
    api_key_revoked_at: null,
    former_api_key: null,
    former_api_key_ends_at: null,
  });
});
