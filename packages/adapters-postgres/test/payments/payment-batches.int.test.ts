import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { IdempotencyKey, Payment } from "@payments/domain";
import { anIdempotencyKey, expectError, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { KnexPaymentRepository } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { countStatements } from "../support/count-statements.ts";
import { createTenant, type Tenant } from "../support/tenant.ts";

const { openKnex, using } = closedAfterEach();
const openDatabase = async () => using(await createTestDatabase(), (created) => created.drop());

let database: TestDatabase;
let tenant: Tenant;
let payments: KnexPaymentRepository;
beforeAll(async () => {
  database = await createTestDatabase();
  tenant = await createTenant(database.knex);
  payments = new KnexPaymentRepository(database.knex, { concurrency: 1 });
});
afterAll(() => database.drop());

const create = (payment: Payment, key: IdempotencyKey | null = null, credential = tenant.credential) =>
  payments.create(payment, credential, key, "live");

const isStored = async ({ clientId, id }: Payment): Promise<boolean> => (await payments.find(clientId, id)).isOk();

describe("payments that are created at the same moment", () => {
  it("share statements", async () => {
    const many = Array.from({ length: 200 }, () => tenant.payment());
    const statements = await countStatements(database.knex, async () => {
      for (const result of await Promise.all(many.map((payment) => create(payment)))) {
        expect(result.isOk()).toBe(true);
      }
    });
    // 32 that do not wait for the rest, then 128, then 40.
    expect(statements).toBe(3);
    expect(await isStored(many[199] as Payment)).toBe(true);
  });

  it("beyond what may wait are refused at once, and the others stored", async () => {
    const bounded = new KnexPaymentRepository(database.knex, { queueSize: 2 });
    const create = () => bounded.create(tenant.payment(), tenant.credential, null, "live");
    const results = await Promise.all([create(), create(), create()]);
    expect(results.map((result) => result.isOk())).toEqual([true, true, false]);
    expect(expectError(results[2])).toMatchObject({ type: "storage-unavailable" });
  });

  it("of many clients are each bound to their own", async () => {
    const tenants = await Promise.all(Array.from({ length: 10 }, () => createTenant(database.knex)));
    const results = await Promise.all(
      tenants.map((own, index) => {
        const { credential } = tenants[index % 2 === 0 ? index : 0] as Tenant;
        return create(own.payment(), null, credential);
      }),
    );
    expect(results.map((result) => result.isOk())).toEqual(tenants.map((_, index) => index % 2 === 0));
  });

  it.each([
    ["text with NUL", { description: "a\0b" }],
    ["an amount of nothing", { amount: "0" }],
    ["an amount beyond bigint", { amount: "99999999999999999999" }],
    ["an unknown kind of currency", { currency: "Euro" }],
  ])("are stored, all but the one with %s", async (_, fields) => {
    const good = Array.from({ length: 4 }, () => tenant.payment());
    const [first, poison, ...rest] = [
      create(good[0] as Payment),
      create(tenant.payment(fields)),
      create(good[1] as Payment, anIdempotencyKey(good[1]?.id ?? "")),
      create(good[2] as Payment),
      create(good[3] as Payment, null, (await createTenant(database.knex)).credential),
    ] as const;
    await expect(poison).rejects.toMatchObject({ name: "PostgresError", message: expect.stringMatching(/^2[23]/) });
    expect((await first).isOk()).toBe(true);
    expect((await Promise.all(rest)).map((result) => result.isOk())).toEqual([true, true, false]);
    expect(await Promise.all(good.map(isStored))).toEqual([true, true, true, false]);
  });

  it("are given up together when the database goes away while they are tried one by one", async () => {
    const own = await openDatabase();
    await own.knex.raw("create sequence attempts");
    await own.knex.raw(`create function fail() returns trigger language plpgsql as $$ begin
      raise exception 'no' using errcode = case nextval('attempts') when 1 then '22000' else '57P01' end;
    end $$`);
    await own.knex.raw("create trigger fail before insert on payments execute function fail()");
    const { credential, payment } = await createTenant(own.knex);
    const repository = new KnexPaymentRepository(own.knex);
    const results = await Promise.all([1, 2, 3].map(() => repository.create(payment(), credential, null, "live")));
    for (const result of results) expect(expectError(result)).toMatchObject({ type: "storage-unavailable" });
    expect((await own.knex.raw("select last_value::int from attempts")).rows[0].last_value).toBe(2);
  });

  it("are stored, all but the second with an id that the client has used", async () => {
    const [one, other] = [tenant.payment(), tenant.payment()];
    const [first, again, third] = [create(one), create(one), create(other)];
    await expect(again).rejects.toMatchObject({
      code: "23505",
      constraint: "payments_pkey",
    });
    expect([(await first).isOk(), (await third).isOk()]).toEqual([true, true]);
  });
});

describe("batches with the same idempotency keys in opposite order", () => {
  it("neither deadlock nor store a payment twice", async () => {
    const pools = [1, 2].map(() => openKnex(database.url));
    const repositories = pools.map((knex) => new KnexPaymentRepository(knex));
    for (let round = 0; round < 40; round++) {
      const keys = Array.from({ length: 30 }, (_, index) => anIdempotencyKey(`${round}-${index}`));
      const orders = [keys, keys.toReversed()];
      const results = await Promise.all(
        repositories.flatMap((repository, index) =>
          (orders[index] ?? []).map((key) => repository.create(tenant.payment(), tenant.credential, key, "live")),
        ),
      );
      expect(results.filter((result) => !expectOk(result).replayed)).toHaveLength(keys.length);
    }
    const { rows } = await database.knex.raw(
      "select deadlocks::int from pg_stat_database where datname = current_database()",
    );
    expect(rows[0].deadlocks).toBe(0);
  });
});

describe("a batch that PostgreSQL rolled back and asks to repeat", () => {
  const failing = async (times: number, errcode: string) => {
    const own = await openDatabase();
    await own.knex.raw("create sequence attempts");
    await own.knex.raw(`create function fail() returns trigger language plpgsql as $$ begin
      if nextval('attempts') <= ${times} then raise exception 'again' using errcode = '${errcode}'; end if;
      return null;
    end $$`);
    await own.knex.raw("create trigger fail before insert on payments execute function fail()");
    const { id, credential, payment } = await createTenant(own.knex);
    const repository = new KnexPaymentRepository(own.knex);
    const results = await Promise.all([1, 2].map(() => repository.create(payment(), credential, null, "live")));
    const { rows } = await own.knex.raw("select last_value::int as attempts from attempts");
    const stored = expectOk(await repository.list(id, { limit: 10, after: null, before: null })).items.length;
    return { results, attempts: rows[0].attempts, stored };
  };

  it.each(["40P01", "40001"])("for %s is repeated, twice at most", async (code) => {
    const { results, stored } = await failing(2, code);
    expect(results.map((result) => result.isOk())).toEqual([true, true]);
    expect(stored).toBe(2);
  });

  it("is storage-unavailable when that does not help", async () => {
    const { results, attempts, stored } = await failing(99, "40P01");
    for (const result of results) expect(expectError(result)).toMatchObject({ type: "storage-unavailable" });
    expect({ attempts, stored }).toEqual({ attempts: 3, stored: 0 });
  });

  it("is not repeated for a timeout, after which nobody knows", async () => {
    const { results, attempts } = await failing(1, "57014");
    for (const result of results) expect(expectError(result)).toMatchObject({ type: "storage-unavailable" });
    expect(attempts).toBe(1);
  });
});

it("answers storage-unavailable for a repeated key whose payment was deleted before it could be read", async () => {
  const own = await openDatabase();
  await own.knex.raw(`create function vanish() returns trigger language plpgsql as
    $$ begin delete from payments; return null; end $$`);
  const { credential, payment } = await createTenant(own.knex);
  const repository = new KnexPaymentRepository(own.knex);
  const key = anIdempotencyKey("key-1");
  expectOk(await repository.create(payment(), credential, key, "live"));
  await own.knex.raw("create trigger vanish after insert on payments execute function vanish()");
  const replays = await Promise.all([1, 2].map(() => repository.create(payment(), credential, key, "live")));
  for (const replay of replays) expect(expectError(replay)).toMatchObject({ type: "storage-unavailable" });
});
