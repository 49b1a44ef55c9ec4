import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ClientId } from "@payments/domain";
import { anActor, aRotation, expectError, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { createKnex, type Knex, KnexClientRepository, KnexPaymentRepository } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { storePaymentOf } from "../support/store-payment.ts";
import { createTenant, nextApiKey, type Tenant } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const { openKnex, openTransaction } = closedAfterEach();

const PROCESSES = 3;
const STREAMS_A_PROCESS = 6;
const ROUNDS_A_WAY = 14;

let database: TestDatabase;
let processes: Knex[];
let repositories: KnexPaymentRepository[];
beforeAll(async () => {
  database = await createTestDatabase();
  processes = Array.from({ length: PROCESSES }, () => createKnex({ connectionString: database.url, poolSize: 4 }));
  repositories = processes.map((knex) => new KnexPaymentRepository(knex, { batchSize: 4 }));
  // As on a slow disk: time goes by between the look at the credential and the commit.
  await database.knex.raw(`create function be_slow() returns trigger language plpgsql as
    $$ begin perform pg_sleep(random() * 0.004); return null; end $$`);
  await database.knex.raw("create trigger be_slow after insert on payments execute function be_slow()");
});
afterAll(async () => {
  await Promise.all(processes.map((knex) => knex.destroy()));
  await database.drop();
});

const countPayments = async ({ id }: Tenant): Promise<number> => {
  const { rows } = await database.knex.raw("select count(*)::int from payments where client_id = ?", [id]);
  return rows[0].count;
};

/** Pays, as fast as it can, until the credential is refused; returns how many payments were acknowledged. */
const payUntilRefused = async (repository: KnexPaymentRepository, tenant: Tenant): Promise<number> => {
  for (let paid = 0; ; paid++) {
    const result = await repository.create(tenant.payment(), tenant.credential, null, "live");
    if (result.isOk()) continue;
    expect(result.error).toEqual({ type: "credential-not-current" });
    return paid;
  }
};

const startStreams = (tenant: Tenant): Promise<number[]> =>
  Promise.all(
    repositories.flatMap((repository) =>
      Array.from({ length: STREAMS_A_PROCESS }, () => payUntilRefused(repository, tenant)),
    ),
  );

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const inTransaction = (statement: string) => (id: ClientId) =>
  database.knex.transaction(async (trx) => {
    await trx.raw(statement, [id]);
    await pause(3);
    await trx.raw("select 1");
  });

const repository = () => new KnexClientRepository(database.knex, testEncoder);

const waysToEnd: readonly [string, (id: ClientId) => PromiseLike<unknown>][] = [
  ["a revocation", async (id) => expectOk(await repository().revokeApiKey(id, new Date(), anActor))],
  [
    "a rotation without overlap",
    async (id) => expectOk(await repository().replaceApiKey(id, nextApiKey(), aRotation(), new Date(), anActor)),
  ],
  [
    "a deactivation",
    async (id) => expectOk(await repository().update(id, { status: "inactive" }, new Date(), anActor)),
  ],
  [
    "plain SQL that takes the key away",
    (id) => database.knex.raw("update clients set api_key = null where id = ?", [id]),
  ],
  [
    "plain SQL that changes the status",
    (id) => database.knex.raw("update clients set status = 'gone' where id = ?", [id]),
  ],
  ["plain SQL that deletes the client", (id) => database.knex.raw("delete from clients where id = ?", [id])],
  [
    "plain SQL that renames the client",
    (id) => database.knex.raw("update clients set id = id || '-' where id = ?", [id]),
  ],
  ["plain SQL that empties the table", () => database.knex.raw("truncate clients")],
  ["a transaction that takes the key away", inTransaction("update clients set api_key = null where id = ?")],
  ["a transaction that changes the status", inTransaction("update clients set status = 'gone' where id = ?")],
];

describe("no payment is stored once the end of its credential was acknowledged", () => {
  it.each(waysToEnd)(
    "by %s",
    async (_, end) => {
      for (let round = 0; round < ROUNDS_A_WAY; round++) {
        const tenant = await createTenant(database.knex);
        const streams = startStreams(tenant);
        await pause(5 + Math.random() * 10);
        // The payments, which do not stop before they are refused, queue behind it.
        await end(tenant.id);
        const storedWhenAcknowledged = await countPayments(tenant);
        const acknowledged = (await streams).reduce((sum, paid) => sum + paid, 0);
        expect(await countPayments(tenant)).toBe(storedWhenAcknowledged);
        expect(acknowledged).toBe(storedWhenAcknowledged);
      }
    },
    60_000,
  );

  it("by the end of a former key's overlap, when it is brought forward", async () => {
    for (let round = 0; round < ROUNDS_A_WAY; round++) {
      const tenant = await createTenant(database.knex);
      const rotation = aRotation({ overlapSeconds: 3_600 });
      expectOk(await repository().replaceApiKey(tenant.id, nextApiKey(), rotation, new Date(), anActor));
      const streams = startStreams(tenant);
      await pause(5 + Math.random() * 10);
      await database.knex.raw("update clients set former_api_key_ends_at = now() where id = ?", [tenant.id]);
      const stored = await countPayments(tenant);
      await streams;
      expect(await countPayments(tenant)).toBe(stored);
    }
  }, 60_000);
});

describe("a transaction that ends a credential", () => {
  const pay = (tenant: Tenant) =>
    (repositories[0] as KnexPaymentRepository).create(tenant.payment(), tenant.credential, null, "live");

  it("does not hold payments up before it commits", async () => {
    const tenant = await createTenant(database.knex);
    const other = await createTenant(database.knex);
    await database.knex.transaction(async (trx) => {
      await trx.raw("update clients set api_key = null where id = ?", [other.id]);
      expect((await pay(tenant)).isOk()).toBe(true);
      expect((await pay(other)).isOk()).toBe(true);
    });
    expect(expectError(await pay(other))).toEqual({ type: "credential-not-current" });
  });

  it("fails, and says so, when payments in flight keep it waiting longer than its lock_timeout", async () => {
    const tenant = await createTenant(database.knex);
    const impatient = openKnex(`${database.url}?lock_timeout=100`);
    const inFlight = await openTransaction(database.knex);
    await storePaymentOf(inFlight, tenant.id);
    const revoked = await new KnexClientRepository(impatient, testEncoder).revokeApiKey(tenant.id, new Date(), anActor);
    expect(expectError(revoked)).toMatchObject({ type: "storage-unavailable", cause: { code: "55P03" } });
    const inTransaction = impatient.transaction((trx) =>
      trx.raw("update clients set api_key = null where id = ?", [tenant.id]),
    );
    await expect(inTransaction).rejects.toMatchObject({ code: "55P03" });
    await inFlight.rollback();
    expect((await pay(tenant)).isOk()).toBe(true);
  });
});

it("stores no payments under an isolation level that could not see a credential end", async () => {
  const storing = database.knex.transaction(
    (trx) => trx.raw("select create_payments('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', true)"),
    { isolationLevel: "repeatable read" },
  );
  await expect(storing).rejects.toMatchObject({ code: "25000" });
});
