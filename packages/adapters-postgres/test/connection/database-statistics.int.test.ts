import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { createKnex, DatabaseStatistics, type Knex, KnexPaymentRepository } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { createTenant } from "../support/tenant.ts";

const { openKnex, openTransaction, using } = closedAfterEach();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The errors that the work causes, by class, as the statistics count them. */
const errorsOf = async (knex: Knex, work: () => Promise<unknown>): Promise<object> => {
  const statistics = new DatabaseStatistics(knex);
  await expect(work()).rejects.toThrow();
  return Object.fromEntries(Object.entries(statistics.snapshot().errors).filter(([, count]) => count > 0));
};

describe("an error is counted once under its class", () => {
  it.each([
    ["data", "select 1 / 0"],
    ["statement", "select * from nowhere"],
    ["constraint", "insert into payments_migrations (id) values (1)"],
    ["statement-timeout", "set statement_timeout = 10; select pg_sleep(1)"],
    ["conflict", "do $$ begin raise sqlstate '40P01'; end $$"],
    ["permission", "do $$ begin raise sqlstate '42501'; end $$"],
    ["disk-full", "do $$ begin raise sqlstate '53100'; end $$"],
    ["resources", "do $$ begin raise sqlstate '53300'; end $$"],
    ["other", "do $$ begin raise sqlstate 'P0001'; end $$"],
  ])("%s: %s", async (name, statement) => {
    const knex = openKnex(database.url);
    expect(await errorsOf(knex, async () => knex.raw(statement))).toEqual({ [name]: 1 });
  });

  it("connection: the server closes it", async () => {
    const knex = openKnex(database.url);
    const end = async () => knex.raw("select pg_terminate_backend(pg_backend_pid())");
    expect(await errorsOf(knex, end)).toEqual({ shutdown: 1 });
  });

  it("lock-timeout: another session locks the row", async () => {
    const knex = openKnex(database.url);
    const holder = await openTransaction(database.knex);
    await holder.raw("lock table payments");
    const statement = async () => knex.raw("set lock_timeout = 10; select 1 from payments");
    expect(await errorsOf(knex, statement)).toEqual({ "lock-timeout": 1 });
  });

  it("connection: no server listens", async () => {
    const knex = openKnex("postgres://app@127.0.0.1:1/payments");
    const errors = await errorsOf(knex, async () => knex.raw("select 1"));
    expect(Object.keys(errors)).toEqual(["connection"]);
  });

  it("authentication: the password is wrong", async () => {
    const knex = openKnex(Object.assign(new URL(database.url), { password: "wrong" }).href);
    const errors = await errorsOf(knex, async () => knex.raw("select 1"));
    expect(Object.keys(errors)).toEqual(["authentication"]);
  });

  it("pool-timeout: every connection stays in use", async () => {
    const knex = openKnex(database.url, 1);
    const busy = knex.raw("select pg_sleep(2.9)");
    const first = busy.then(() => "done");
    expect(await errorsOf(knex, async () => knex.raw("select 1"))).toEqual({ "pool-timeout": 1 });
    expect(await first).toBe("done");
  });
});

it("reports the use of the pool", async () => {
  const knex = openKnex(database.url, 2);
  const statistics = new DatabaseStatistics(knex);
  const transactions = await Promise.all([1, 2].map(() => openTransaction(knex)));
  const waiting = knex.raw("select 1").then(() => "done");
  await new Promise((resolve) => setImmediate(resolve));
  expect(statistics.snapshot().pool).toEqual({ limit: 2, used: 2, free: 0, waiting: 1 });
  await Promise.all(transactions.map((transaction) => transaction.rollback()));
  expect(await waiting).toBe("done");
  expect(statistics.snapshot().pool).toMatchObject({ used: 0, waiting: 0 });
});

it("reports the length of a queue and the sizes of its batches", async () => {
  const knex = using(createKnex({ connectionString: database.url, poolSize: 2 }), (pool) => pool.destroy());
  const statistics = new DatabaseStatistics(knex);
  const payments = new KnexPaymentRepository(knex, { statistics, batchSize: 2, concurrency: 1 });
  const { payment, credential } = await createTenant(database.knex);
  const results = [1, 2, 3].map(() => payments.create(payment(), credential, null, "live"));
  expect(statistics.snapshot().queues.get("payments")).toMatchObject({ waiting: 3, batches: 0, items: 0 });
  for (const result of await Promise.all(results)) expect(result.isOk()).toBe(true);
  const after = statistics.snapshot().queues.get("payments");
  expect(after).toMatchObject({ waiting: 0, batches: 2, items: 3 });
  expect(after?.milliseconds).toBeGreaterThan(0);
});
