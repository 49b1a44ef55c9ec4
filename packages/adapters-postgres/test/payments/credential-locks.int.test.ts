import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { anActor, expectError } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { bucketOf, createKnex, type Knex, KnexClientRepository, KnexPaymentRepository } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { storePaymentOf } from "../support/store-payment.ts";
import { createTenant, type Tenant } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const { using, openKnex, openTransaction } = closedAfterEach();

let database: TestDatabase;
let payments: KnexPaymentRepository;
beforeAll(async () => {
  database = await createTestDatabase();
  payments = new KnexPaymentRepository(database.knex);
});
afterAll(() => database.drop());

const pay = (tenant: Tenant) => payments.create(tenant.payment(), tenant.credential, null, "live");
const end = (knex: Knex, tenant: Tenant) => knex.raw("update clients set api_key = null where id = ?", [tenant.id]);
const isPending = async (work: Promise<unknown>): Promise<boolean> =>
  (await Promise.race([work, new Promise((resolve) => setTimeout(resolve, 50, "pending"))])) === "pending";

const untilLockAwaited = async (): Promise<void> => {
  const waiting =
    "select from pg_locks where not granted and database = (select oid from pg_database where datname = ?)";
  const name = new URL(database.url).pathname.slice(1);
  while ((await database.knex.raw(waiting, [name])).rows.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const lockOf = (id: string): number => bucketOf(id) % 8;

/** A new client whose bucket has the same credential lock, or another one. */
const createTenantBeside = async (tenant: Tenant, where: "same lock" | "other lock"): Promise<Tenant> => {
  for (let attempt = 0; ; attempt++) {
    const id = `${tenant.id}-${attempt}`;
    if ((lockOf(id) === lockOf(tenant.id)) === (where === "same lock")) return createTenant(database.knex, id);
  }
};

/** Connections of a new role with the given rights. */
const openRole = async (...rights: readonly string[]): Promise<Knex> => {
  const role = `stranger_${process.pid}_${Math.trunc(Math.random() * 1e9)}`;
  await database.knex.raw(`create role ${role} login password 'secret'`);
  for (const right of rights) await database.knex.raw(`grant ${right} to ${role}`);
  const url = Object.assign(new URL(database.url), { username: role, password: "secret" }).href;
  return using(createKnex({ connectionString: url, poolSize: 2 }), async (knex) => {
    await knex.destroy();
    await database.knex.raw(`drop owned by ${role}`);
    await database.knex.raw(`drop role ${role}`);
  });
};

const MODES = ["access share", "row share", "row exclusive", "share update exclusive", "share", "share row exclusive"];

describe("a role that may only connect", () => {
  it.each([...MODES, "exclusive", "access exclusive"])("cannot take a credential lock in %s mode", async (mode) => {
    const stranger = await openRole();
    const locking = stranger.transaction((trx) => trx.raw(`lock table credential_lock_0 in ${mode} mode`));
    await expect(locking).rejects.toMatchObject({ code: "42501" });
  });

  it("delays no payment and no revocation by any advisory lock that it sees", async () => {
    const tenant = await createTenant(database.knex);
    const inFlight = await openTransaction(database.knex);
    await storePaymentOf(inFlight, tenant.id);
    const { rows } = await database.knex.raw("select from pg_locks where locktype = 'advisory'");
    expect(rows).toEqual([]);
    await inFlight.rollback();
    const holder = await openTransaction(await openRole());
    await holder.raw("select pg_advisory_xact_lock(1885434739, 2)");
    expect((await pay(tenant)).isOk()).toBe(true);
    const clients = new KnexClientRepository(database.knex, testEncoder);
    expect((await clients.revokeApiKey(tenant.id, new Date(), anActor)).isOk()).toBe(true);
  });
});

it("a role of an older application needs no right on the lock tables to end a key", async () => {
  const tenant = await createTenant(database.knex);
  const application = await openRole("select, update on clients");
  await end(application, tenant);
  expect(expectError(await pay(tenant))).toEqual({ type: "credential-not-current" });
});

describe("the end of a key, while a payment of its credential lock is in flight,", () => {
  it("waits, and delays later payments of its lock only", async () => {
    const tenant = await createTenant(database.knex);
    const neighbour = await createTenantBeside(tenant, "same lock");
    const stranger = await createTenantBeside(tenant, "other lock");
    const inFlight = await openTransaction(database.knex);
    await storePaymentOf(inFlight, tenant.id);
    const ending = end(database.knex, tenant).then(() => "ended");
    await untilLockAwaited();
    expect((await pay(stranger)).isOk()).toBe(true);
    const own = new KnexPaymentRepository(openKnex(database.url));
    const paying = Promise.resolve(own.create(neighbour.payment(), neighbour.credential, null, "live"));
    expect(await isPending(paying)).toBe(true);
    expect(await isPending(ending)).toBe(true);
    await inFlight.commit();
    expect(await ending).toBe("ended");
    expect((await paying).isOk()).toBe(true);
  });

  it.each([
    [
      "after a savepoint was rolled back",
      ["savepoint s", "end", "set constraints all immediate", "rollback to s", "end"],
    ],
    ["when constraints became immediate before", ["set constraints all immediate", "end"]],
    ["when another key of the lock ended before", ["end other", "set constraints all immediate", "end"]],
    ["when the settings were reset in between", ["end other", "reset all", "end"]],
  ])("waits %s", async (_, steps) => {
    const tenant = await createTenant(database.knex);
    const other = await createTenantBeside(tenant, "other lock");
    const knex = openKnex(`${database.url}?lock_timeout=300`);
    const inFlight = await openTransaction(database.knex);
    const ending = knex.transaction(async (trx) => {
      for (const [index, step] of steps.entries()) {
        if (index === steps.length - 1) await storePaymentOf(inFlight, tenant.id);
        if (step === "end other") await end(trx, other);
        else if (step === "end") await end(trx, tenant);
        else await trx.raw(step);
      }
    });
    await expect(ending).rejects.toMatchObject({ code: "55P03" });
  });
});

it.each([
  ["one lock", [5]],
  ["some of the locks", [6, 0, 3, 0]],
  ["all locks but the last", [0, 1, 2, 3, 4, 5, 6]],
  ["all locks", [7, 6, 5, 4, 3, 2, 1, 0]],
])("a batch that needs %s holds exactly these until its transaction ends", async (_, numbers) => {
  const candidates = Array.from({ length: 500 }, (_, index) => `client-${index}`);
  const inFlight = await openTransaction(database.knex);
  await storePaymentOf(inFlight, ...numbers.flatMap((number) => candidates.find((id) => lockOf(id) === number) ?? []));
  const { rows } = await inFlight.raw(
    `select relation::regclass::text as name, mode from pg_locks
      where pid = pg_backend_pid() and relation::regclass::text like 'credential_lock_%' order by name`,
  );
  const needed = [...new Set(numbers)].toSorted();
  expect(rows).toEqual(needed.map((number) => ({ name: `credential_lock_${number}`, mode: "RowShareLock" })));
  await inFlight.rollback();
});

describe("a transaction that ends many keys", () => {
  it("takes each lock once", async () => {
    await database.knex.raw(
      "insert into clients (id, name, email, api_key) select 'many-' || n, '', '', 'many-' || n from generate_series(1, 5000) n",
    );
    const trx = await openTransaction(database.knex);
    await trx.raw("set constraints all immediate");
    const { rows } = await trx.raw(
      "explain (analyze, format json) update clients set api_key = null where id like 'many-%'",
    );
    expect(rows[0]["QUERY PLAN"][0].Triggers).toEqual([
      expect.objectContaining({ "Trigger Name": "credential_changed", Calls: 8 }),
    ]);
    await trx.rollback();
  });

  it("does not deadlock with another one that ends them in the opposite order", async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => createTenant(database.knex)));
    const twins = await Promise.all(clients.map((client) => createTenantBeside(client, "same lock")));
    const endAll = (tenants: readonly Tenant[]) =>
      database.knex.transaction(async (trx) => {
        for (const tenant of tenants) await end(trx, tenant);
      });
    await Promise.all([endAll(clients), endAll(twins.toReversed())]);
    const { rows } = await database.knex.raw(
      "select deadlocks::int from pg_stat_database where datname = current_database()",
    );
    expect(rows[0].deadlocks).toBe(0);
  });
});
