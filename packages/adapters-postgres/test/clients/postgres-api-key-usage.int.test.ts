import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type AuthenticatedClient, NO_FEE } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { bucketOf, PostgresApiKeyUsage } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { countStatements } from "../support/count-statements.ts";
import { createTenant, type Tenant } from "../support/tenant.ts";
import { olderEncoder } from "../support/test-encoder.ts";

const { openKnex, openTransaction } = closedAfterEach();

let database: TestDatabase;
let tenants: Tenant[];
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.knex.raw("truncate clients, payments, api_key_usage");
  tenants = [];
  for (const number of [1, 2, 3]) tenants.push(await createTenant(database.knex, `client-${number}`));
});
afterAll(() => database.drop());

const recognised = ({ id, apiKey, credential }: Tenant): AuthenticatedClient => ({
  clientId: id,
  credential,
  mode: "live",
  fee: NO_FEE,
  processorAccount: null,
  keyHint: apiKey.hint,
  overlapEndsAt: null,
  overlapRemainingMs: null,
});

const lastUses = (): Promise<Date[]> => database.knex("api_key_usage").orderBy("client_id").pluck("last_used_at");

describe("PostgresApiKeyUsage", () => {
  it("writes many uses of many keys in one statement, and nothing without a use", async () => {
    const usage = new PostgresApiKeyUsage(database.knex);
    for (let round = 0; round < 50; round++) for (const tenant of tenants) usage.record(recognised(tenant));
    expect(await countStatements(database.knex, () => usage.flush())).toBe(1);
    expect(await countStatements(database.knex, () => usage.close())).toBe(0);
    expect(await lastUses()).toHaveLength(3);
  });

  it("writes on its own after the interval", async () => {
    const usage = new PostgresApiKeyUsage(database.knex, { intervalMs: 20 });
    const [tenant] = tenants as [Tenant];
    usage.record(recognised(tenant));
    expect(expectOk(await usage.find(tenant.id)).lastUsedAt).toBeNull();
    while ((await lastUses()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(expectOk(await usage.find(tenant.id)).lastUsedAt).toBeInstanceOf(Date);
  });

  it("credits a use to the same key after its form was rewritten", async () => {
    const [tenant] = tenants as [Tenant];
    const usage = new PostgresApiKeyUsage(database.knex);
    usage.record({ ...recognised(tenant), credential: olderEncoder.encode(tenant.apiKey) });
    usage.record(recognised(tenant));
    await usage.flush();
    expect(await lastUses()).toHaveLength(1);
  });

  it("never moves the last use back, in either order of two processes", async () => {
    const usage = new PostgresApiKeyUsage(database.knex);
    const later = new Date(Date.now() + 3_600_000);
    for (const tenant of tenants) usage.record(recognised(tenant));
    await usage.flush();
    await database.knex("api_key_usage").where({ client_id: "client-1" }).update({ last_used_at: later });
    for (const tenant of tenants) usage.record(recognised(tenant));
    await usage.flush();
    expect((await lastUses())[0]).toEqual(later);
  });

  it("updates keys in one order, so that two processes cannot deadlock", async () => {
    for (let number = 4; number <= 20; number++) tenants.push(await createTenant(database.knex, `client-${number}`));
    const inOrder = tenants.toSorted(
      (one, other) => bucketOf(one.id) - bucketOf(other.id) || (one.id < other.id ? -1 : 1),
    );
    const first = inOrder[0]?.id ?? "";
    const usage = new PostgresApiKeyUsage(database.knex);
    for (const tenant of tenants) usage.record(recognised(tenant));
    await usage.flush();

    const holder = await openTransaction(openKnex(database.url));
    await holder.raw("select from api_key_usage where client_id = ? for update", [first]);
    for (const tenant of tenants.toReversed()) usage.record(recognised(tenant));
    const writing = usage.flush();
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    while ((await holder.raw(waiting)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const free = await holder.raw("select client_id from api_key_usage where client_id <> ? for update skip locked", [
      first,
    ]);
    await holder.rollback();
    await writing;
    expect(free.rows).toHaveLength(tenants.length - 1);
  });

  it("neither waits for a concurrent change of the client nor delays it", async () => {
    const [tenant] = tenants as [Tenant];
    const change = await openTransaction(openKnex(database.url));
    await change("clients").where({ id: tenant.id }).update({ name: "Changing" });
    const errors: unknown[] = [];
    const usage = new PostgresApiKeyUsage(database.knex, { onError: (error) => errors.push(error) });
    usage.record(recognised(tenant));
    await usage.flush();
    expect({ errors, written: await lastUses() }).toEqual({ errors: [], written: [expect.any(Date)] });
  });

  it("keeps uses that it could not write, reports the reason, and writes them later", async () => {
    const [tenant] = tenants as [Tenant];
    const errors: unknown[] = [];
    const usage = new PostgresApiKeyUsage(database.knex, { onError: (error) => errors.push(error) });
    await database
      .knex("clients")
      .where({ id: tenant.id })
      .update({
        former_api_key: "former",
        former_api_key_hint: tenant.apiKey.hint,
        former_api_key_ends_at: new Date(Date.now() + 3_600_000),
      });
    await database.knex.raw("alter table api_key_usage rename to hidden");
    usage.record(recognised(tenant));
    await usage.flush();
    usage.record(recognised(tenant));
    await database.knex.raw("alter table hidden rename to api_key_usage");
    expect(errors).toMatchObject([{ code: "42P01" }]);
    await usage.close();
    expect(expectOk(await usage.find(tenant.id)).former).toMatchObject({ uses: 2 });
  });

  it("stores no credential", async () => {
    const usage = new PostgresApiKeyUsage(database.knex);
    for (const tenant of tenants) usage.record(recognised(tenant));
    await usage.flush();
    const { rows } = await database.knex.raw("select row(u.*)::text as text from api_key_usage u");
    const text = JSON.stringify(rows);
    for (const { apiKey, credential } of tenants) {
      expect(text).not.toContain(apiKey.reveal());
      expect(text).not.toContain(credential);
    }
  });
});
