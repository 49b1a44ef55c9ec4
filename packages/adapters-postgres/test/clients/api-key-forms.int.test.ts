import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type ApiKey, type ApiKeyPrefix, createApiKey, NO_FEE, parseApiKey } from "@payments/domain";
import { anActor, aRotation, expectError, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import {
  countUndigestedApiKeys,
  digestApiKeys,
  KnexClientRepository,
  KnexPaymentRepository,
  PostgresApiKeyAuthenticator,
} from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { countStatements } from "../support/count-statements.ts";
import { createTenant, nextApiKey, type Tenant } from "../support/tenant.ts";
import { olderEncoder, plaintextEncoder, testEncoder } from "../support/test-encoder.ts";

const { openKnex, openTransaction } = closedAfterEach();

let database: TestDatabase;
let tenant: Tenant;
let authenticator: PostgresApiKeyAuthenticator;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.knex.raw("truncate clients, payments");
  tenant = await createTenant(database.knex, "client-1");
  authenticator = new PostgresApiKeyAuthenticator(database.knex, testEncoder);
});
afterAll(() => database.drop());

/** As an application before the digests stored keys: plain, or by an older digest, and without a hint. */
const storeAs = (form: string, column = "api_key") =>
  database.unlogged.knex("clients").update({ [column]: form, [`${column}_hint`]: null });

const storeFormerPlain = async (): Promise<ApiKey> => {
  const former = nextApiKey();
  await storeAs(former.reveal(), "former_api_key");
  await database.knex.raw("update clients set former_api_key_ends_at = now() + interval '1 hour'");
  return former;
};

const stored = () => database.knex("clients").first("api_key", "api_key_hint", "former_api_key", "former_api_key_hint");

const digestOf = (apiKey: ApiKey) => testEncoder.encode(apiKey);

describe("an API key that is not stored in the preferred form", () => {
  it("is replaced by its digest at its first use if it is plain, before its client is authenticated", async () => {
    await storeAs(tenant.apiKey.reveal());
    const client = expectOk(await authenticator.authenticate(tenant.apiKey));
    expect(client).toEqual({
      clientId: tenant.id,
      mode: "live",
      fee: NO_FEE,
      processorAccount: null,
      credential: digestOf(tenant.apiKey),
      keyHint: tenant.apiKey.hint,
      overlapEndsAt: null,
      overlapRemainingMs: null,
    });
    expect(await stored()).toMatchObject({ api_key: digestOf(tenant.apiKey), api_key_hint: tenant.apiKey.hint });
    const payments = new KnexPaymentRepository(database.knex);
    expect((await payments.create(tenant.payment(), client.credential, null, "live")).isOk()).toBe(true);
  });

  it("stays if it is an older digest, because another process may know only that digest", async () => {
    const older = olderEncoder.encode(tenant.apiKey);
    await storeAs(older);
    const client = expectOk(await authenticator.authenticate(tenant.apiKey));
    expect(client.credential).toBe(older);
    expect((await stored()).api_key).toBe(older);
    const payments = new KnexPaymentRepository(database.knex);
    expect((await payments.create(tenant.payment(), client.credential, null, "live")).isOk()).toBe(true);
    const otherProcess = new PostgresApiKeyAuthenticator(database.knex, olderEncoder);
    expect(expectOk(await otherProcess.authenticate(tenant.apiKey)).credential).toBe(older);
  });

  it("costs one extra statement at its first use and none later", async () => {
    await storeAs(tenant.apiKey.reveal());
    const use = () => countStatements(database.knex, async () => authenticator.authenticate(tenant.apiKey));
    expect([await use(), await use()]).toEqual([2, 1]);
  });

  it("is also rewritten during its overlap", async () => {
    const former = await storeFormerPlain();
    const client = expectOk(await authenticator.authenticate(former));
    expect(client).toMatchObject({ credential: digestOf(former), overlapEndsAt: expect.anything() });
    expect(await stored()).toMatchObject({
      api_key: digestOf(tenant.apiKey),
      former_api_key: digestOf(former),
      former_api_key_hint: former.hint,
    });
  });

  it("is never sent to the database, because the database may log every parameter", async () => {
    const former = await storeFormerPlain();
    await storeAs(tenant.apiKey.reveal());
    const sent: string[] = [];
    const note = (query: unknown) => void sent.push(JSON.stringify(query));
    database.knex.client.on("query", note);
    for (const apiKey of [tenant.apiKey, former, tenant.apiKey, nextApiKey()]) await authenticator.authenticate(apiKey);
    await storeAs(tenant.apiKey.reveal());
    expect(await digestApiKeys(database.knex, testEncoder, { batchSize: 10, actor: anActor })).toBe(1);
    database.knex.client.off("query", note);
    expect(await stored()).toMatchObject({ api_key: digestOf(tenant.apiKey), former_api_key: digestOf(former) });
    expect(sent.length).toBeGreaterThan(5);
    for (const apiKey of [tenant.apiKey, former]) expect(sent.join("\n")).not.toContain(apiKey.reveal());
  });

  it("yields one credential for concurrent first uses in several processes", async () => {
    await storeAs(tenant.apiKey.reveal());
    const pools = [1, 2, 3].map(() => openKnex(database.url));
    const results = await Promise.all(
      pools.flatMap((knex) => {
        const own = new PostgresApiKeyAuthenticator(knex, testEncoder, { batchSize: 2, answerWithinMs: 9_000 });
        return Array.from({ length: 10 }, () => own.authenticate(tenant.apiKey));
      }),
    );
    expect(new Set(results.map((result) => expectOk(result).credential))).toEqual(new Set([digestOf(tenant.apiKey)]));
  });

  it("is not rewritten while its client is inactive", async () => {
    await storeAs(tenant.apiKey.reveal());
    await database.knex("clients").update({ status: "inactive" });
    expect((await authenticator.authenticate(tenant.apiKey)).isErr()).toBe(true);
    expect((await stored()).api_key).toBe(tenant.apiKey.reveal());
  });

  it.each([
    ["a digest does not become plain", () => digestOf(tenant.apiKey)],
    ["a plain key stays plain", () => tenant.apiKey.reveal()],
  ])("is never rewritten where plain keys are preferred: %s", async (_, form) => {
    await storeAs(form());
    const plaintext = new PostgresApiKeyAuthenticator(database.unlogged.knex, plaintextEncoder);
    expect(expectOk(await plaintext.authenticate(tenant.apiKey)).credential).toBe(form());
    expect((await stored()).api_key).toBe(form());
  });
});

it("rejects a stolen digest as a key by its shape", async () => {
  const { api_key: digest } = await stored();
  expect(digest).toBe(digestOf(tenant.apiKey));
  expect(parseApiKey(digest).isErr()).toBe(true);
});

describe("lookups", () => {
  it("at the same moment share one statement", async () => {
    const tenants = await Promise.all(Array.from({ length: 30 }, () => createTenant(database.knex)));
    const statements = await countStatements(database.knex, async () => {
      const results = await Promise.all(
        [...tenants, ...tenants].map(({ apiKey }) => authenticator.authenticate(apiKey)),
      );
      expect(results.map((result) => expectOk(result).clientId)).toEqual([...tenants, ...tenants].map(({ id }) => id));
    });
    expect(statements).toBe(1);
  });

  it("beyond the queue's size fail at once, and not as a rejected key", async () => {
    const bounded = new PostgresApiKeyAuthenticator(database.knex, testEncoder, { queueSize: 1 });
    const authenticate = () => bounded.authenticate(tenant.apiKey);
    const [first, second] = await Promise.all([authenticate(), authenticate()]);
    expect(first.isOk()).toBe(true);
    expect(expectError(second)).toMatchObject({ type: "storage-unavailable" });
  });

  it("never scan the whole table, even while it is small, because the plan outlives that time", async () => {
    const trx = await openTransaction(database.knex);
    const timesRead = async (): Promise<string> =>
      (await trx.raw("select seq_scan from pg_stat_xact_user_tables where relname = 'clients'")).rows[0].seq_scan;
    await trx.raw("analyze clients");
    const before = await timesRead();
    const inTransaction = new PostgresApiKeyAuthenticator(trx, testEncoder);
    for (let count = 0; count < 10; count++)
      expect((await inTransaction.authenticate(tenant.apiKey)).isOk()).toBe(true);
    expect(await timesRead()).toBe(before);
  });

  it("cost the same for an unknown key and for an inactive client's key", async () => {
    await database.knex("clients").update({ status: "inactive" });
    for (const apiKey of [nextApiKey(), tenant.apiKey]) {
      expect(await countStatements(database.knex, async () => authenticator.authenticate(apiKey))).toBe(1);
    }
  });
});

describe("digestApiKeys", () => {
  const digest = (batchSize = 2) => digestApiKeys(database.knex, testEncoder, { batchSize, actor: anActor });

  const plainTenants = async (count: number): Promise<Tenant[]> => {
    const tenants = await Promise.all(Array.from({ length: count }, () => createTenant(database.knex)));
    for (const { id, apiKey } of tenants) {
      await database.unlogged.knex("clients").where({ id }).update({ api_key: apiKey.reveal(), api_key_hint: null });
    }
    return tenants;
  };

  it("rewrites all plain keys, current and former, reports each batch, and leaves every key valid", async () => {
    const former = await storeFormerPlain();
    const tenants = await plainTenants(5);
    expect(await countUndigestedApiKeys(database.knex)).toBe(6);
    const batches: number[] = [];
    const onBatch = async (rewritten: number) => {
      batches.push(rewritten);
    };
    expect(await digestApiKeys(database.knex, testEncoder, { batchSize: 2, actor: anActor, onBatch })).toBe(6);
    expect(batches.toSorted()).toEqual([2, 2, 2]);
    expect(await countUndigestedApiKeys(database.knex)).toBe(0);
    for (const apiKey of [tenant.apiKey, former, ...tenants.map((one) => one.apiKey)]) {
      expect((await authenticator.authenticate(apiKey)).isOk()).toBe(true);
    }
    expect(await database.knex("clients").whereNull("api_key_hint")).toEqual([]);
  });

  it("counts plain keys of every prefix, but no value that only resembles a key", async () => {
    const tenants = await plainTenants(3);
    const other = createApiKey("x_" as ApiKeyPrefix, new Uint8Array(32));
    const looksAlike = `old_${"0".repeat(49)}`;
    const forms = [other.reveal(), looksAlike, `sha256:${"a".repeat(64)}`];
    for (const [index, { id }] of tenants.entries()) {
      await database.unlogged.knex("clients").where({ id }).update({ api_key: forms[index] });
    }
    expect(await countUndigestedApiKeys(database.knex)).toBe(1);
    expect(await digest()).toBe(1);
    expect(await countUndigestedApiKeys(database.knex)).toBe(0);
  });

  it("changes nothing on a second run", async () => {
    await plainTenants(3);
    expect(await digest()).toBe(3);
    expect(await digest()).toBe(0);
  });

  it("leaves foreign values, digests and revoked keys unchanged", async () => {
    const misspelt = `${tenant.apiKey.reveal().slice(0, -1)}${tenant.apiKey.reveal().endsWith("0") ? "1" : "0"}`;
    const others = await Promise.all([1, 2, 3, 4].map(() => createTenant(database.knex)));
    const forms = [misspelt, "secret", olderEncoder.encode(tenant.apiKey), null];
    for (const [index, { id }] of others.entries()) {
      await database.unlogged
        .knex("clients")
        .where({ id })
        .update({ api_key: forms[index] ?? null });
    }
    const before = await database.knex("clients").orderBy("id");
    expect(await digest()).toBe(0);
    expect(await database.knex("clients").orderBy("id")).toEqual(before);
  });

  it("skips a locked client instead of waiting", async () => {
    const [held] = await plainTenants(3);
    const holder = await openTransaction(database.knex);
    await holder.raw("select from clients where id = ? for update", [held?.id ?? ""]);
    expect(await digest()).toBe(2);
    await holder.rollback();
    expect(await digest()).toBe(1);
  });

  it("changes nothing where plain keys are preferred", async () => {
    await plainTenants(2);
    expect(await digestApiKeys(database.knex, plaintextEncoder, { batchSize: 10, actor: anActor })).toBe(0);
    expect(await countUndigestedApiKeys(database.knex)).toBe(2);
  });

  it("loses no key beside another run, first uses and rotations", async () => {
    const tenants = await plainTenants(40);
    const clients = new KnexClientRepository(database.knex, testEncoder);
    const rotated = new Map(tenants.slice(30).map(({ id }) => [id, nextApiKey()]));
    const [, , ...results] = await Promise.all([
      digest(3),
      digest(5),
      ...tenants.slice(0, 20).map(({ apiKey }) => authenticator.authenticate(apiKey).map(() => undefined)),
      ...[...rotated].map(([id, apiKey]) => clients.replaceApiKey(id, apiKey, aRotation(), new Date(), anActor)),
    ]);
    for (const result of results) expect(result.isOk()).toBe(true);
    for (const { id, apiKey } of tenants) {
      const current = rotated.get(id) ?? apiKey;
      expect(expectOk(await authenticator.authenticate(current)).clientId).toBe(id);
    }
    expect(await countUndigestedApiKeys(database.knex)).toBe(0);
  });
});
