import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ClientId } from "@payments/domain";
import { aClient, anActor, aRotation, expectOk, SeededApiKeys } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import {
  type BackfillOptions,
  backfillApiKeys,
  countClientsWithoutKey,
  countRevokedClients,
  type IssuedApiKey,
  KnexClientRepository,
  PostgresApiKeyAuthenticator,
} from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { createTenant, nextApiKey } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const { openKnex, openTransaction } = closedAfterEach();
const generator = new SeededApiKeys(90_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.knex.raw("truncate clients"));
afterAll(() => database.drop());

const idOf = (number: number): ClientId => aClient({ id: `client-${String(number).padStart(4, "0")}` }).id;

const createClientsWithoutKey = (count: number) =>
  database.knex.raw(
    `insert into clients (id, name, email)
      select 'client-' || lpad(n::text, 4, '0'), 'Acme', 'ops@acme.example' from generate_series(1, ?) n`,
    [count],
  );

/** Runs a backfill and returns the keys that were issued, in order, in batches. */
const backfill = async (options: Partial<BackfillOptions> = {}, knex = database.knex) => {
  const batches: (readonly IssuedApiKey[])[] = [];
  const { onBatch = async () => {}, ...rest } = options;
  const total = await backfillApiKeys(knex, {
    encoder: testEncoder,
    generator,
    actor: anActor,
    batchSize: 10,
    ...rest,
    onBatch: async (issued) => {
      await onBatch(issued);
      batches.push(issued);
    },
  });
  return { total, batches, issued: batches.flat() };
};

const recognised = async ({ apiKey }: Pick<IssuedApiKey, "apiKey">): Promise<ClientId | null> =>
  (await new PostgresApiKeyAuthenticator(database.knex, testEncoder).authenticate(apiKey))
    .map(({ clientId }) => clientId)
    .unwrapOr(null);

const expectValid = async (issued: readonly IssuedApiKey[]): Promise<void> => {
  expect(await Promise.all(issued.map(recognised))).toEqual(issued.map(({ clientId }) => clientId));
};

describe("backfillApiKeys", () => {
  it("gives a key to every client without one, in batches by id, and changes no other client", async () => {
    await createClientsWithoutKey(25);
    const tenant = await createTenant(database.knex, "with-key");
    expect(await countClientsWithoutKey(database.knex)).toBe(25);
    const { total, batches, issued } = await backfill();
    expect(total).toBe(25);
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5]);
    expect(issued.map(({ clientId }) => clientId)).toEqual(Array.from({ length: 25 }, (_, index) => idOf(index + 1)));
    await expectValid([...issued, { clientId: tenant.id, apiKey: tenant.apiKey }]);
    expect(await countClientsWithoutKey(database.knex)).toBe(0);
    const hints = await database.knex("clients").whereNot("id", "with-key").orderBy("id").pluck("api_key_hint");
    expect(hints).toEqual(issued.map(({ apiKey }) => apiKey.hint));
  });

  it("issues no key on a second run", async () => {
    await createClientsWithoutKey(5);
    const first = await backfill();
    expect(await backfill()).toEqual({ total: 0, batches: [], issued: [] });
    await expectValid(first.issued);
  });

  it("gives no key to a client whose key was revoked; only an admin issues one", async () => {
    const { id } = await createTenant(database.knex);
    const clients = new KnexClientRepository(database.knex, testEncoder);
    expectOk(await clients.revokeApiKey(id, new Date(), anActor));
    expect(await countClientsWithoutKey(database.knex)).toBe(0);
    expect(await countRevokedClients(database.knex)).toBe(1);
    expect((await backfill()).total).toBe(0);
    expectOk(await clients.replaceApiKey(id, nextApiKey(), aRotation(), new Date(), anActor));
    const { api_key_revoked_at } = await database.knex("clients").where({ id }).first();
    expect(api_key_revoked_at).toBeNull();
  });

  it("gives no client two keys in concurrent runs", async () => {
    await createClientsWithoutKey(300);
    const pools = [1, 2, 3].map(() => openKnex(database.url, 1));
    const runs = await Promise.all(pools.map((knex) => backfill({}, knex)));
    const issued = runs.flatMap((run) => run.issued);
    expect(issued).toHaveLength(300);
    expect(runs.reduce((sum, { total }) => sum + total, 0)).toBe(300);
    expect(new Set(issued.map(({ clientId }) => clientId)).size).toBe(300);
    await expectValid(issued);
  });

  it("never overwrites a key that is set during the run", async () => {
    await createClientsWithoutKey(4);
    const clients = new KnexClientRepository(database.knex, testEncoder);
    const [inBatch, later] = [nextApiKey(), nextApiKey()];
    let waiting: PromiseLike<unknown> = Promise.resolve();
    const { issued } = await backfill({
      batchSize: 2,
      onBatch: async (batch) => {
        if (batch[0]?.clientId !== idOf(1)) return;
        // The row of the batch is locked: its rotation waits, and comes after the backfill's key.
        waiting = clients.replaceApiKey(idOf(1), inBatch, aRotation(), new Date(), anActor).then((result) => result);
        expectOk(await clients.replaceApiKey(idOf(3), later, aRotation(), new Date(), anActor));
      },
    });
    expect(await waiting).toMatchObject({ value: null });
    expect(issued.map(({ clientId }) => clientId)).toEqual([idOf(1), idOf(2), idOf(4)]);
    expect(await recognised({ apiKey: inBatch })).toBe(idOf(1));
    expect(await recognised({ apiKey: later })).toBe(idOf(3));
  });

  it("skips locked clients and returns to them", async () => {
    await createClientsWithoutKey(3);
    const holder = await openTransaction(database.knex);
    await holder.raw("select from clients where id = ? for update", [idOf(1)]);
    const { issued } = await backfill({
      onBatch: async (batch) => {
        if (batch[0]?.clientId === idOf(2)) await holder.rollback();
      },
    });
    expect(issued.map(({ clientId }) => clientId)).toEqual([idOf(2), idOf(3), idOf(1)]);
  });

  it("stores no key of a batch whose output cannot be written, and fails with that error", async () => {
    await createClientsWithoutKey(25);
    const diskFull = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    let shown: readonly IssuedApiKey[] = [];
    const failing = backfill({
      onBatch: async (batch) => {
        if (batch[0]?.clientId !== idOf(11)) return;
        shown = batch;
        throw diskFull;
      },
    });
    await expect(failing).rejects.toBe(diskFull);
    expect(await countClientsWithoutKey(database.knex)).toBe(15);
    expect(await Promise.all(shown.map(recognised))).toEqual(shown.map(() => null));
    expect((await backfill()).total).toBe(15);
  });

  it("waits for a slow disk longer than the idle limit of a transaction", async () => {
    await createClientsWithoutKey(1);
    const knex = openKnex(`${database.url}?idle_in_transaction_session_timeout=50`);
    const { issued } = await backfill({ onBatch: () => new Promise((resolve) => setTimeout(resolve, 200)) }, knex);
    await expectValid(issued);
  });
});
