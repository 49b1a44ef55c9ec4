import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { NO_FEE, parseClientId } from "@payments/domain";
import { aClient, anActor, aRotation, expectError, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import {
  bucketOf,
  checkReadiness,
  createKnex,
  type Knex,
  KnexClientRepository,
  KnexPaymentRepository,
  migrate,
  migrationStatus,
  PostgresApiKeyAuthenticator,
  PostgresApiKeyUsage,
  PostgresRequestQuota,
} from "../../src/index.ts";
import { MIGRATION_LOCK, migratorConfig } from "../../src/migrations/migrate.ts";
import { createTenant, nextApiKey } from "../support/tenant.ts";
import { plaintextEncoder, testEncoder } from "../support/test-encoder.ts";

const ALL = [
  "0001-client-bucket",
  "0002-clients",
  "0003-payments",
  "0004-api-key-usage",
  "0005-request-quotas",
  "0006-credential-locks",
  "0007-create-payments",
  "0008-find-api-keys",
  "0009-list-payments",
  "0010-sandbox-operations",
  "0011-charges",
  "0012-events",
  "0013-processor-notifications",
  "0014-onboarding-tokens",
  "0015-webhook-endpoints",
  "0016-webhook-deliveries",
  "0017-audit-events",
  "0018-signing-keys",
];
const BOOTS = 4;

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterEach(() => database.drop());

const rowsAsText = async (knex: Knex, columns: string): Promise<string[]> => {
  const { rows } = await knex.raw(`select row(${columns})::text as text from clients order by id`);
  return rows.map(({ text }: { text: string }) => text);
};

/** As an older application may have left it: odd types, odd values, columns that nobody here knows. */
const createLegacyTable = async (knex: Knex): Promise<void> => {
  await knex.raw(`create table clients (
    id varchar(64) primary key,
    name varchar(255),
    email varchar(255) unique,
    stripe_account_id varchar(255),
    status varchar(20) default 'pending',
    api_key varchar(64) not null,
    plan json,
    "oddColumn" numeric(10, 4)[],
    created_at timestamp default now(),
    updated_at timestamp
  )`);
  await knex.raw(
    `insert into clients values
      ('acme', 'Acme', 'ops@acme.example', 'acct_1', 'active', :plain, '{ "b":1, "a":[ ] }', '{1.5000,null}',
        '2020-02-29 23:59:59.123456', '2021-01-01'),
      ('ünï-çode', E'tab\\tand\\nline', null, null, 'SUSPENDED!', 'not one of our keys', null, '{}', null, null),
      ('empty', '', '', '', '', '', '{}', null, 'infinity', '-infinity'),
      ('nameless', null, 'a@b.example', null, null, 'x', null, null, '1970-01-01', null)`,
    { plain: legacyKey.reveal() },
  );
};

const legacyKey = nextApiKey();
const LEGACY_COLUMNS =
  'id, name, email, stripe_account_id, status, api_key, plan, "oddColumn", created_at, updated_at, xmin is not null';

/** Runs a script over the built package, as a service would, and returns what it printed. */
const inProcess = (script: string, environment: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: new URL("../..", import.meta.url),
      env: { PATH: process.env["PATH"], ...environment },
    });
    let output = "";
    const collect = (data: Buffer) => {
      output += data;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", () => resolve(output.trim()));
  });

const BOOT = `
  const { createKnex, migrate } = await import("@payments/adapters-postgres");
  const knex = createKnex({ connectionString: process.env.URL });
  console.log((await migrate(knex)).length);
  await knex.destroy();`;

const bootInProcess = (url: string): Promise<string> => inProcess(BOOT, { URL: url });

const UPDATE_AT_NOON = `
  const { createKnex, KnexClientRepository } = await import("@payments/adapters-postgres");
  const knex = createKnex({ connectionString: process.env.URL });
  const noon = new Date("2026-07-01T12:00:00.000Z");
  const updated = await new KnexClientRepository(knex, {}).update("acme", {}, noon, { type: "service" });
  const { createdAt, updatedAt } = updated.unwrapOr({});
  console.log(JSON.stringify([noon.getTimezoneOffset(), createdAt, updatedAt]));
  await knex.destroy();`;

const bootInThisProcess = async (url: string): Promise<string> => {
  const knex = createKnex({ connectionString: url });
  try {
    return String((await migrate(knex)).length);
  } finally {
    await knex.destroy();
  }
};

describe("an empty database", () => {
  it("is migrated once, in order", async () => {
    expect(await migrationStatus(database.knex)).toEqual({ applied: [], pending: ALL });
    expect(await migrate(database.knex)).toEqual(ALL);
    expect(await migrate(database.knex)).toEqual([]);
    expect(await migrationStatus(database.knex)).toEqual({ applied: ALL, pending: [] });
  });

  it.each([
    ["processes", bootInProcess],
    ["pools of one process", bootInThisProcess],
  ])("survives that four %s start at once: one migrates, the others find it done", async (_, boot) => {
    const applied = await Promise.all(Array.from({ length: BOOTS }, () => boot(database.url)));
    expect(applied.toSorted()).toEqual(["0", "0", "0", String(ALL.length)]);
  });

  it("is ready only at exactly this version's schema", async () => {
    expect(await checkReadiness(database.knex)).toBe("migration-pending");
    await migrate(database.knex);
    expect(await checkReadiness(database.knex)).toBeNull();
    await database.knex("payments_migrations").insert({ name: "9999-newer", batch: 2 });
    expect(await checkReadiness(database.knex)).toBeNull();
    expect(await migrate(database.knex)).toEqual([]);
    await database.knex("payments_migrations").where({ name: "0007-create-payments" }).del();
    expect(await checkReadiness(database.knex)).toBe("migration-pending");
  });

  it("starts without waiting if it is up to date, even during another migration", async () => {
    await migrate(database.knex);
    await database.knex.transaction(async (trx) => {
      await trx.raw(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      expect(await migrate(database.knex)).toEqual([]);
    });
  });

  it("migrates down and up step by step, and down to nothing of this service", async () => {
    await migrate(database.knex);
    await createTenant(database.knex, "client-1");
    for (const name of ALL.toReversed()) {
      await database.knex.transaction((trx) => trx.migrate.down(migratorConfig));
      expect((await migrationStatus(database.knex)).pending[0]).toBe(name);
    }
    expect(await migrate(database.knex)).toEqual(ALL);
    expect(await database.knex("clients").pluck("id")).toEqual(["client-1"]);
  });

  it("is not migrated down if that would lose payments", async () => {
    await migrate(database.knex);
    const tenant = await createTenant(database.knex);
    const payments = new KnexPaymentRepository(database.knex);
    expectOk(await payments.create(tenant.payment(), tenant.credential, null, "live"));
    const down = () => database.knex.transaction((trx) => trx.migrate.down(migratorConfig));
    while ((await migrationStatus(database.knex)).applied.at(-1) !== "0003-payments") await down();
    await expect(down()).rejects.toMatchObject({ code: "55000" });
    expect(await database.knex("payments")).toHaveLength(1);
  });

  it("serves a role without rights on the schema after another role migrated it", async () => {
    await migrate(database.knex);
    const tenant = await createTenant(database.knex);
    const role = `runtime_${process.pid}`;
    await database.knex.raw(`create role ${role} login password 'secret'`);
    await database.knex.raw(`grant select on payments_migrations to ${role}`);
    await database.knex.raw(`grant select, insert, update on clients to ${role}`);
    await database.knex.raw(`grant select, insert on payments, events, audit_events to ${role}`);
    await database.knex.raw(`grant select on event_positions to ${role}`);
    await database.knex.raw(`grant select, insert, update on api_key_usage to ${role}`);
    await database.knex.raw(`grant select, insert, update on request_quotas to ${role}`);
    const locks = Array.from({ length: 8 }, (_, number) => `credential_lock_${number}`);
    await database.knex.raw(`grant update on ${locks.join()} to ${role}`);
    const url = Object.assign(new URL(database.url), { username: role, password: "secret" }).href;
    const knex = createKnex({ connectionString: url });
    try {
      expect(await migrate(knex)).toEqual([]);
      expect(await checkReadiness(knex)).toBeNull();
      await expect(knex.raw("create table more (id int)")).rejects.toMatchObject({ code: "42501" });
      const payments = new KnexPaymentRepository(knex);
      expect((await payments.create(tenant.payment(), tenant.credential, null, "live")).isOk()).toBe(true);
      expect(
        (await new KnexClientRepository(knex, testEncoder).revokeApiKey(tenant.id, new Date(), anActor)).isOk(),
      ).toBe(true);
      const usage = new PostgresApiKeyUsage(knex);
      usage.record({
        clientId: tenant.id,
        mode: "live",
        fee: NO_FEE,
        processorAccount: null,
        credential: tenant.credential,
        keyHint: "",
        overlapEndsAt: null,
        overlapRemainingMs: null,
      });
      await usage.flush();
      expect(await database.knex("api_key_usage")).toHaveLength(1);
      expect((await usage.find(tenant.id)).isOk()).toBe(true);
      await createTenant(knex);
      const outcomes: string[] = [];
      const onLease = (outcome: string) => outcomes.push(outcome);
      await new PostgresRequestQuota(knex, { limit: 100, windowSeconds: 60, onLease }).take(tenant.id);
      expect(outcomes).toEqual(["granted"]);
    } finally {
      await knex.destroy();
      await database.knex.raw(`drop owned by ${role}`);
      await database.knex.raw(`drop role ${role}`);
    }
  });
});

describe("an older application's clients table", () => {
  it("keeps every row and column byte for byte", async () => {
    await createLegacyTable(database.unlogged.knex);
    const before = await rowsAsText(database.knex, LEGACY_COLUMNS);
    expect(await migrate(database.knex)).toEqual(ALL);
    expect(await rowsAsText(database.knex, LEGACY_COLUMNS)).toEqual(before);
    expect(before).toHaveLength(4);
  });

  it("survives four processes that start at the same time", async () => {
    await createLegacyTable(database.unlogged.knex);
    const before = await rowsAsText(database.knex, LEGACY_COLUMNS);
    const applied = await Promise.all(Array.from({ length: BOOTS }, () => bootInProcess(database.url)));
    expect(applied.toSorted()).toEqual(["0", "0", "0", String(ALL.length)]);
    expect(await rowsAsText(database.knex, LEGACY_COLUMNS)).toEqual(before);
  });

  it("is migrated completely or not at all", async () => {
    await createLegacyTable(database.unlogged.knex);
    await database.knex.raw("update clients set api_key = 'shared by two' where id in ('empty', 'nameless')");
    await expect(migrate(database.knex)).rejects.toMatchObject({ code: "23505", constraint: "clients_api_key_key" });
    expect(await migrationStatus(database.knex)).toEqual({ applied: [], pending: ALL });
  });

  it("works like a new table: its clients are listed, found and changed, and their keys authenticate", async () => {
    await createLegacyTable(database.unlogged.knex);
    await migrate(database.knex);
    const clients = new KnexClientRepository(database.knex, testEncoder);
    const id = (raw: string) => expectOk(parseClientId(raw));
    const listed = expectOk(await clients.list({ limit: 10, after: null, before: null }));
    expect(listed.items.map((client) => client.id)).toEqual(["empty", "acme", "nameless", "ünï-çode"]);
    const second = expectOk(await clients.list({ limit: 10, after: id("acme"), before: null }));
    expect(second.items.map((client) => client.id)).toEqual(["nameless", "ünï-çode"]);
    const third = expectOk(await clients.list({ limit: 10, after: id("ünï-çode"), before: null }));
    expect(third.items).toEqual([]);
    expect(expectOk(await clients.find(id("acme")))).toEqual({
      id: "acme",
      name: "Acme",
      email: "ops@acme.example",
      mode: "live",
      status: "active",
      keyHint: legacyKey.hint,
      fee: NO_FEE,
      processorAccount: null,
      processorChargesEnabled: false,
      createdAt: new Date("2020-02-29T23:59:59.123Z"),
      updatedAt: new Date("2021-01-01T00:00:00.000Z"),
    });
    expect(expectOk(await clients.find(id("nameless")))).toMatchObject({
      name: "",
      status: "inactive",
      keyHint: null,
      createdAt: new Date(0),
    });
    const authenticator = new PostgresApiKeyAuthenticator(database.unlogged.knex, plaintextEncoder);
    expect(expectOk(await authenticator.authenticate(legacyKey)).clientId).toBe("acme");
    // A digest is longer than the column was, and a revoked client has none.
    expect((await clients.replaceApiKey(id("acme"), nextApiKey(), aRotation(), new Date(), anActor)).isOk()).toBe(true);
    expect((await clients.revokeApiKey(id("acme"), new Date(), anActor)).isOk()).toBe(true);
  });

  it("is read and written in UTC in every time zone of the process", async () => {
    await createLegacyTable(database.unlogged.knex);
    await migrate(database.knex);
    const output = await inProcess(UPDATE_AT_NOON, { URL: database.url, TZ: "Asia/Kathmandu" });
    expect(JSON.parse(output)).toEqual([-345, "2020-02-29T23:59:59.123Z", "2026-07-01T12:00:00.000Z"]);
    const { rows } = await database.knex.raw("select updated_at::text from clients where id = 'acme'");
    expect(rows[0].updated_at).toBe("2026-07-01 12:00:00");
  });

  it("reports its own unique constraint as client-already-exists on creation and on change", async () => {
    await createLegacyTable(database.unlogged.knex);
    await migrate(database.knex);
    const clients = new KnexClientRepository(database.knex, testEncoder);
    const second = aClient({ id: "second", email: "ops@acme.example" });
    const created = await clients.create(second, nextApiKey(), anActor, null);
    expect(expectError(created)).toEqual({ type: "client-already-exists" });
    const { email } = second;
    const changed = await clients.update(aClient({ id: "nameless" }).id, { email }, new Date(), anActor);
    expect(expectError(changed)).toEqual({ type: "client-already-exists" });
  });

  it("gets its missing columns and a unique constraint on ids", async () => {
    await database.knex.raw("create table clients (id text, company text)");
    await database.knex.raw("insert into clients values ('a', 'Acme')");
    await migrate(database.knex);
    expect(await database.knex("clients").first("id", "company", "status", "api_key")).toEqual({
      id: "a",
      company: "Acme",
      status: "active",
      api_key: null,
    });
    await expect(database.knex.raw("insert into clients (id) values ('a')")).rejects.toMatchObject({ code: "23505" });
  });

  it("gets a bucket in every row, including rows that the older application inserts later", async () => {
    await createLegacyTable(database.unlogged.knex);
    await migrate(database.knex);
    await database.knex.raw("insert into clients (id, api_key) values ('later', 'y')");
    await database.knex.raw("update clients set id = 'renamed' where id = 'nameless'");
    const rows: { id: string; bucket: number }[] = await database.knex("clients").select("id", "bucket");
    expect(rows).toHaveLength(5);
    for (const { id, bucket } of rows) expect({ id, bucket }).toEqual({ id, bucket: bucketOf(id) });
    const { rows: keys } = await database.knex.raw(
      "select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = 'clients'::regclass and indisprimary",
    );
    expect(keys).toEqual([{ definition: expect.stringMatching(/\(id\)$/) }]);
  });

  it.each(["bucket", "mode"])("is rejected if it has a column %s of its own", async (column) => {
    await database.knex.raw("create table clients (id text primary key, ?? text)", [column]);
    await expect(migrate(database.knex)).rejects.toMatchObject({ code: "42701" });
    expect(await migrationStatus(database.knex)).toEqual({ applied: [], pending: ALL });
  });

  it("is rejected if ids are not text", async () => {
    await database.knex.raw("create table clients (id bigserial primary key, name text)");
    await expect(migrate(database.knex)).rejects.toMatchObject({ code: "42804" });
    expect(await migrationStatus(database.knex)).toEqual({ applied: [], pending: ALL });
  });
});
