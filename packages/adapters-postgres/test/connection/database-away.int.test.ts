import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { StorageUnavailable } from "@payments/domain";
import { anActor, aRotation, expectError, expectOk } from "@payments/domain/testing";
import type { Result, ResultAsync } from "neverthrow";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import {
  checkReadiness,
  createKnex,
  type Knex,
  KnexClientRepository,
  KnexPaymentRepository,
  PostgresApiKeyAuthenticator,
  PostgresApiKeyUsage,
} from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { createTenant, nextApiKey, type Tenant } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const { openKnex, openProxy, openTransaction, using } = closedAfterEach();

let database: TestDatabase;
let tenant: Tenant;
beforeAll(async () => {
  database = await createTestDatabase();
  tenant = await createTenant(database.knex);
});
afterAll(() => database.drop());

/** One call of every method of every adapter. */
const callAll = (knex: Knex): ResultAsync<unknown, { readonly type: string }>[] => {
  const clients = new KnexClientRepository(knex, testEncoder);
  const payments = new KnexPaymentRepository(knex);
  const page = { limit: 10, after: null, before: null };
  const now = new Date();
  return [
    new PostgresApiKeyAuthenticator(knex, testEncoder).authenticate(tenant.apiKey),
    clients.create(tenant.client, nextApiKey(), anActor, null),
    clients.find(tenant.id),
    clients.list(page),
    clients.update(tenant.id, { status: "active" }, now, anActor),
    clients.replaceApiKey(tenant.id, nextApiKey(), aRotation(), now, anActor),
    clients.revokeApiKey(tenant.id, now, anActor),
    payments.create(tenant.payment(), tenant.credential, null, "live"),
    payments.find(tenant.id, tenant.payment().id),
    payments.list(tenant.id, page),
    new PostgresApiKeyUsage(knex).find(tenant.id),
  ];
};

const expectAllUnavailable = async (knex: Knex): Promise<void> => {
  for (const result of await Promise.all(callAll(knex))) {
    expect(expectError(result)).toMatchObject({ type: "storage-unavailable" });
  }
  expect(await checkReadiness(knex)).toBe("database-away");
};

const causeOf = (result: Result<unknown, { readonly type: string }>): unknown =>
  (expectError(result) as StorageUnavailable).cause;

describe("every call fails with storage-unavailable", () => {
  it("without a listening server", async () => {
    const knex = openKnex("postgres://user:secret@127.0.0.1:1/none");
    await expectAllUnavailable(knex);
  });

  it("if the URL requires TLS and the server has none", async () => {
    const knex = openKnex(`${database.url}?sslmode=verify-full`);
    await expectAllUnavailable(knex);
  });

  it("if the database does not exist", async () => {
    const knex = openKnex(`${database.url}_not`);
    await expectAllUnavailable(knex);
  });

  it("after the pool was closed", async () => {
    const knex = createKnex({ connectionString: database.url });
    await knex.destroy();
    await expectAllUnavailable(knex);
  });

  it("while all connections are in use", async () => {
    const knex = openKnex(database.url, 1);
    await openTransaction(knex);
    await expectAllUnavailable(knex);
  });

  it("if the connections are lost during a statement", async () => {
    const proxy = await openProxy(database.url);
    const knex = openKnex(proxy.url, 10);
    await knex.raw("select 1");
    proxy.dropResponses();
    setTimeout(() => proxy.cut(), 100);
    await expectAllUnavailable(knex);
  });
});

describe("a write fails with storage-unavailable", () => {
  it("on a read-only database, as after a failover", async () => {
    const knex = openKnex(`${database.url}?options=-c%20default_transaction_read_only=on`);
    const [, create, , , update, replace, revoke, pay] = await Promise.all(callAll(knex));
    for (const result of [create, update, replace, revoke, pay]) {
      expect(causeOf(result as Result<unknown, { readonly type: string }>)).toMatchObject({ code: "25006" });
    }
  });

  it("after lock_timeout while another session locks the row", async () => {
    const knex = openKnex(`${database.url}?lock_timeout=100`);
    const holder = await openTransaction(database.knex);
    await holder.raw("select from clients where id = ? for update", [tenant.id]);
    const updated = await new KnexClientRepository(knex, testEncoder).update(tenant.id, {}, new Date(), anActor);
    expect(causeOf(updated)).toMatchObject({ code: "55P03" });
  });
});

describe("a payment whose response from PostgreSQL was lost", () => {
  it("is stored at most once, because the service does not resend it", async () => {
    const proxy = await openProxy(database.url);
    const knex = openKnex(proxy.url, 10);
    const payments = new KnexPaymentRepository(knex);
    const own = await createTenant(database.knex);
    expectOk(await payments.create(own.payment(), own.credential, null, "live"));
    proxy.dropResponses();
    setTimeout(() => proxy.cut(), 300);
    const lost = await Promise.all([1, 2, 3].map(() => payments.create(own.payment(), own.credential, null, "live")));
    for (const result of lost) expect(causeOf(result)).toMatchObject({ name: "PostgresError" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { rows } = await database.knex.raw("select count(*)::int from payments where client_id = ?", [own.id]);
    expect(rows[0].count).toBe(4);
  });
});

describe("a bug is not reported as storage-unavailable", () => {
  it("but rejects the promise, without the statement's text", async () => {
    const broken = using(await createTestDatabase(), (created) => created.drop());
    await broken.knex.raw("drop table payments");
    const payments = new KnexPaymentRepository(broken.knex);
    const own = await createTenant(broken.knex);
    const calls = [
      payments.find(own.id, own.payment().id),
      payments.list(own.id, { limit: 10, after: null, before: null }),
      payments.create(own.payment(), own.credential, null, "live"),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ name: "PostgresError", code: "42P01" });
      await expect(call).rejects.not.toMatchObject({ message: expect.stringMatching(/select|insert/i) });
    }
  });
});
