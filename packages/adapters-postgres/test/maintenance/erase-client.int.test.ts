import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { anActor, anIdempotencyKey, aRotation, expectError, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { eraseClient, KnexAuditLog, KnexClientRepository, KnexPaymentRepository } from "../../src/index.ts";
import { createTenant, nextApiKey, type Tenant } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const SECRET = "Ada Lovelace";
const URL_WITH_NAME = "https://ada-lovelace.example/hooks";
const PAYMENTS = 7;
const ATTEMPTS = 7;

let database: TestDatabase;
let tenant: Tenant;
let other: Tenant;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const clients = () => new KnexClientRepository(database.knex, testEncoder);
const deactivate = ({ id }: Tenant) => clients().update(id, { status: "inactive" }, new Date(), anActor);
const erase = ({ id }: Tenant) => eraseClient(database.knex, id, { actor: anActor, batchSize: 3 });
const paymentsOf = async ({ id }: Tenant) =>
  expectOk(await new KnexPaymentRepository(database.knex).list(id, { limit: 100, after: null, before: null })).items;
const eventsOf = async ({ id }: Tenant) =>
  expectOk(await new KnexAuditLog(database.knex).listByClient(id, { limit: 100, after: null, before: null })).items;

/** Every row of a client as text, in every table that has clients. */
const everythingOf = async ({ id }: Tenant): Promise<string> => {
  const { rows } = await database.knex.raw(
    "select table_name from information_schema.columns where column_name = 'client_id' and table_schema = 'public'",
  );
  const texts = [await database.knex("clients").where({ id })];
  for (const { table_name: table } of rows) texts.push(await database.knex(table).where({ client_id: id }));
  return JSON.stringify(texts);
};

const fill = async (of: Tenant): Promise<void> => {
  for (let number = 1; number <= PAYMENTS; number++) {
    const payment = of.payment({ description: `Invoice of ${SECRET}`, metadata: { payer: SECRET } });
    const key = anIdempotencyKey(`order-${number}`);
    expectOk(await new KnexPaymentRepository(database.knex).create(payment, of.credential, key, "live"));
  }
  const own = { bucket: database.knex.raw("client_bucket(?)", [of.id]), client_id: of.id };
  const uuid = database.knex.raw("gen_random_uuid()");
  const now = new Date();
  await database.knex("refunds").insert({
    ...own,
    id: uuid,
    payment_id: uuid,
    operation_id: uuid,
    amount: 1,
    currency: "EUR",
    reason: `asked by ${SECRET}`,
    created_at: now,
  });
  await database.knex("webhook_endpoints").insert({
    ...own,
    id: uuid,
    url: URL_WITH_NAME,
    description: `of ${SECRET}`,
    secret: "s",
    feed_position: 0,
    feed_event_id: uuid,
    created_at: now,
    updated_at: now,
  });
  await database.knex("webhook_deliveries").insert({
    ...own,
    endpoint_id: uuid,
    event_id: uuid,
    event_position: 0,
    event_type: "webhook_endpoint.test",
    event: { id: "evt_1", data: { object: { id: "we_1", url: URL_WITH_NAME, description: `of ${SECRET}` } } },
    state: "succeeded",
  });
  await database.knex("webhook_deliveries").insert({
    ...own,
    endpoint_id: uuid,
    event_id: uuid,
    event_position: 0,
    event_type: "payment.created",
    state: "succeeded",
    started_at: now,
    duration_ms: 1,
    status: 200,
    response: SECRET,
  });
  for (let number = 1; number <= ATTEMPTS; number++) {
    const attempt = { endpoint_id: uuid, event_id: uuid, number, started_at: now, duration_ms: 1 };
    await database.knex("webhook_attempts").insert({ ...own, ...attempt, status: 200, response: SECRET });
  }
  await database.knex("payment_operations").insert({
    ...own,
    payment_id: uuid,
    id: uuid,
    mode: "test",
    kind: "refund",
    state: "succeeded",
    parameters: { amount: "1", request: { key: "k", content: `asked by ${SECRET}` } },
    planned_at: now,
  });
  for (const object of [
    { id: "pay_1", amount: 1, description: SECRET, metadata: { payer: SECRET } },
    { id: "re_1", amount: 1, reason: SECRET },
    { id: "dp_1", amount: 1 },
  ]) {
    await database
      .knex("events")
      .insert({ ...own, position: 1, id: uuid, type: "t", mode: "test", object, created_at: now });
  }
};

describe("eraseClient", () => {
  beforeEach(async () => {
    tenant = await createTenant(database.knex);
    other = await createTenant(database.knex);
    await clients().update(
      tenant.id,
      { name: SECRET } as Parameters<ReturnType<typeof clients>["update"]>[1],
      new Date(),
      anActor,
    );
    for (const one of [tenant, other]) await fill(one);
  });

  it("erases the texts of a closed client in every table, and keeps the payments", async () => {
    const before = await paymentsOf(tenant);
    expectOk(await deactivate(tenant));
    expect(await everythingOf(tenant)).toContain(SECRET);
    // Also a refund, two deliveries, an operation, and the two inserted events that hold texts.
    expect(expectOk(await erase(tenant))).toEqual({ rows: PAYMENTS + ATTEMPTS + 6 });
    expect(await everythingOf(tenant)).not.toContain(SECRET);
    expect(await everythingOf(tenant)).not.toContain(URL_WITH_NAME);
    expect(await paymentsOf(tenant)).toEqual(
      before.map((payment) => ({ ...payment, description: null, metadata: {} })),
    );
    const client = expectOk(await clients().find(tenant.id));
    expect(client).toMatchObject({ name: "Erased client", status: "inactive" });
    expect(client.email).toMatch(/^erased-[0-9a-f-]{36}@erased\.invalid$/);
    const [operation] = await database.knex("payment_operations").where({ client_id: tenant.id });
    expect(operation.parameters).toEqual({ amount: "1", request: { key: "k", content: "erased" } });
    const { rows } = await database.knex.raw(
      "select object from events where client_id = ? and position = 1 order by object->>'id'",
      [tenant.id],
    );
    const [delivery] = await database.knex("webhook_deliveries").where({ client_id: tenant.id }).whereNotNull("event");
    expect(delivery.event).toEqual({ id: "evt_1", data: { object: { id: "we_1", url: null, description: null } } });
    expect(rows).toEqual([
      { object: { id: "dp_1", amount: 1 } },
      { object: { id: "pay_1", amount: 1, description: null, metadata: {} } },
      { object: { id: "re_1", amount: 1, reason: null } },
    ]);
  });

  it("ends the client's keys and deletes its webhook endpoints, also for an activation later", async () => {
    const rotation = aRotation({ overlapSeconds: 3_600 });
    expectOk(await clients().replaceApiKey(tenant.id, nextApiKey(), rotation, new Date(), anActor));
    expectOk(await deactivate(tenant));
    expectOk(await erase(tenant));
    const active = expectOk(await clients().update(tenant.id, { status: "active" }, new Date(), anActor));
    expect(active).toMatchObject({ status: "active", keyHint: null });
    const [stored] = await database.knex("clients").where({ id: tenant.id });
    expect(stored).toMatchObject({ api_key: null, former_api_key: null, api_key_revoked_at: expect.any(Date) });
    expect(await database.knex("webhook_endpoints").where({ client_id: tenant.id })).toEqual([]);
    expect(await database.knex("webhook_endpoints").where({ client_id: other.id })).toHaveLength(1);
  });

  it("keeps the texts of other clients", async () => {
    const before = await everythingOf(other);
    expectOk(await deactivate(tenant));
    expectOk(await erase(tenant));
    expect(await everythingOf(other)).toBe(before);
  });

  it("stores one audit event with the change of the client", async () => {
    expectOk(await deactivate(tenant));
    expectOk(await erase(tenant));
    const [event] = await eventsOf(tenant);
    expect(event).toMatchObject({ type: "client-erased", actor: anActor, details: {} });
  });

  it("finds nothing left to erase when it runs again", async () => {
    expectOk(await deactivate(tenant));
    expectOk(await erase(tenant));
    expect(expectOk(await erase(tenant))).toEqual({ rows: 0 });
  });

  it("replays no creation of an erased client: the fingerprint of its name and address is gone", async () => {
    const key = anIdempotencyKey(`client-of-${tenant.id}`);
    const created = { ...tenant.client, id: `${tenant.id}-b` as typeof tenant.id };
    expectOk(await clients().create(created, nextApiKey(), anActor, key));
    expectOk(await clients().update(created.id, { status: "inactive" }, new Date(), anActor));
    expectOk(await eraseClient(database.knex, created.id, { actor: anActor, batchSize: 3 }));
    expect(expectError(await clients().create(created, nextApiKey(), anActor, key))).toEqual({
      type: "idempotency-key-reused",
    });
  });

  it("rejects an active client and an unknown one, and changes nothing", async () => {
    const before = await everythingOf(tenant);
    expect(expectError(await erase(tenant))).toEqual({ type: "client-active" });
    expect(expectError(await erase({ ...tenant, id: "nobody" as typeof tenant.id }))).toEqual({
      type: "client-not-found",
    });
    expect(await everythingOf(tenant)).toBe(before);
  });
});
