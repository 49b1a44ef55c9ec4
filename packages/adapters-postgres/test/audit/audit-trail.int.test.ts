import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { anActor, expectError, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import {
  appendAuditEvents,
  KnexAuditLog,
  KnexClientRepository,
  type NewAuditEvent,
  verifyAuditTrail,
} from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { createTenant, nextApiKey, type Tenant } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const ALL = { limit: 100, after: null, before: null };
const { openTransaction } = closedAfterEach();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const eventsOf = async ({ id }: Tenant) =>
  expectOk(await new KnexAuditLog(database.knex).listByClient(id, ALL)).items.map(({ type }) => type);

const anEvent = ({ id }: Tenant): NewAuditEvent => ({
  clientId: id,
  type: "client-updated",
  actor: anActor,
  details: {},
});

describe("a change and its audit event", () => {
  it("are both absent after a rollback", async () => {
    const tenant = await createTenant(database.knex);
    const trx = await openTransaction(database.knex);
    const clients = new KnexClientRepository(trx, testEncoder);
    expectOk(await clients.update(tenant.id, { status: "inactive" }, new Date(), anActor));
    await appendAuditEvents(trx, [anEvent(tenant)]);
    await trx.rollback();
    expect(await eventsOf(tenant)).toEqual(["client-created"]);
    expect((await verifyAuditTrail(database.knex)).faults).toEqual([]);
  });

  it("commit together: nothing is changed if the event cannot be written", async () => {
    const tenant = await createTenant(database.knex);
    const second = nextApiKey();
    await database.knex.raw("alter table audit_events add constraint refuse check (type = 'client-created') not valid");
    try {
      const clients = new KnexClientRepository(database.knex, testEncoder);
      const now = new Date();
      const rotation = { overlapSeconds: 0, endFormerKey: false } as Parameters<typeof clients.replaceApiKey>[2];
      const changes = [
        () => clients.update(tenant.id, { status: "inactive" }, now, anActor),
        () => clients.replaceApiKey(tenant.id, second, rotation, now, anActor),
        () => clients.revokeApiKey(tenant.id, now, anActor),
      ];
      for (const change of changes) await expect(change()).rejects.toMatchObject({ code: "23514" });
      expect(expectOk(await clients.find(tenant.id))).toEqual(tenant.client);
    } finally {
      await database.knex.raw("alter table audit_events drop constraint refuse");
    }
    expect(await eventsOf(tenant)).toEqual(["client-created"]);
  });

  it("are not written for a client that another transaction creates first", async () => {
    const tenant = await createTenant(database.knex);
    const clients = new KnexClientRepository(database.knex, testEncoder);
    expect(expectError(await clients.create(tenant.client, nextApiKey(), anActor, null))).toEqual({
      type: "client-already-exists",
    });
    expect(await eventsOf(tenant)).toEqual(["client-created"]);
  });
});

describe("the table audit_events", () => {
  it("cannot be changed or emptied, not even by its owner", async () => {
    await createTenant(database.knex);
    for (const statement of [
      "update audit_events set type = 'client-updated'",
      "delete from audit_events",
      "truncate audit_events",
    ]) {
      await expect(database.knex.raw(statement)).rejects.toThrow("audit events cannot be changed or deleted");
    }
  });

  it("ignores the sequence, time and hash of an insert", async () => {
    const { id } = await createTenant(database.knex);
    await database.knex.raw(
      `insert into audit_events (bucket, client_id, sequence, id, type, actor, details, created_at, hash)
        values (0, ?, 99, gen_random_uuid(), 'client-updated', '{}', '{}', '2020-01-01', 'forged')`,
      [id],
    );
    const [event] = expectOk(await new KnexAuditLog(database.knex).listByClient(id, ALL)).items;
    expect(event).toMatchObject({ sequence: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(event?.createdAt.getTime()).toBeGreaterThan(Date.UTC(2026));
    expect((await verifyAuditTrail(database.knex)).faults).toEqual([]);
  });
});

describe("verifyAuditTrail", () => {
  let tenant: Tenant;
  beforeEach(async () => {
    await byHand("truncate audit_events", "truncate audit_heads");
    tenant = await createTenant(database.knex, "client-ünï-🏦");
    const clients = new KnexClientRepository(database.knex, testEncoder);
    for (let count = 0; count < 3; count++) {
      expectOk(await clients.update(tenant.id, { status: "inactive" }, new Date(), anActor));
    }
    await createTenant(database.knex);
    await byHand("delete from clients");
  });

  /** As the owner of the schema can. */
  const byHand = async (...statements: readonly string[]) => {
    await database.knex.raw("alter table audit_events disable trigger user");
    for (const statement of statements) await database.knex.raw(statement);
    await database.knex.raw("alter table audit_events enable trigger user");
  };
  const ofTenant = "client_id like 'client-ün%'";

  it("finds no fault in what the service wrote", async () => {
    expect(await verifyAuditTrail(database.knex)).toEqual({ clients: 2, events: 5, faults: [] });
  });

  it.each([
    ["a changed actor", `update audit_events set actor = '{"type":"service"}' where ${ofTenant} and sequence = 2`, 2],
    ["a changed type", `update audit_events set type = 'client-created' where ${ofTenant} and sequence = 3`, 3],
    ["changed details", `update audit_events set details = '{}' where ${ofTenant} and sequence = 4`, 4],
    [
      "a changed time",
      `update audit_events set created_at = created_at - interval '1 microsecond' where ${ofTenant}`,
      1,
    ],
    ["another white space", `update audit_events set details = (details::text || ' ')::json where ${ofTenant}`, 1],
    [
      "a recomputed hash of one event",
      `update audit_events set details = '{}', hash = audit_event_hash('', array[client_id, '1', id::text, type,
        actor::text, '{}', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')])
        where ${ofTenant} and sequence = 1`,
      2,
    ],
  ])("finds %s", async (_, statement, sequence) => {
    await byHand(statement);
    const { faults } = await verifyAuditTrail(database.knex);
    expect(faults).toEqual([{ clientId: tenant.id, sequence, fault: "altered" }]);
  });

  it.each([
    ["the first event", `delete from audit_events where ${ofTenant} and sequence = 1`, 1],
    ["an event in the middle", `delete from audit_events where ${ofTenant} and sequence = 3`, 3],
    ["the last event", `delete from audit_events where ${ofTenant} and sequence = 4`, 4],
    ["the last events", `delete from audit_events where ${ofTenant} and sequence > 1`, 2],
    ["all events of a client", `delete from audit_events where ${ofTenant}`, 1],
    ["the head", `delete from audit_heads where ${ofTenant}`, 5],
  ])("finds that %s is deleted", async (_, statement, sequence) => {
    await byHand(statement);
    const { faults } = await verifyAuditTrail(database.knex);
    expect(faults).toEqual([{ clientId: tenant.id, sequence, fault: "missing" }]);
  });
});
