import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { bucketOf, checkBuckets, migrate } from "../../src/index.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const IDS = ["", "acme", "ünï-çode", "🏦", "cli_01h45ytscbebyvny4gc8cr8ma2", ...Array(500).keys()].map(String);

describe("the bucket of a client", () => {
  it("is the same in SQL and in TypeScript", async () => {
    const { rows } = await database.knex.raw(
      "select id, client_bucket(id) as bucket from unnest(?::text[]) as t (id)",
      [IDS],
    );
    expect(rows).toEqual(IDS.map((id) => ({ id, bucket: bucketOf(id) })));
  });

  it("never changes for an id", () => {
    expect(["acme", "bolt", "core", "ünï-çode"].map(bucketOf)).toEqual([43, 51, 5, 3]);
  });

  it("spreads clients over 64 buckets", () => {
    const sizes = new Array<number>(64).fill(0);
    for (let number = 0; number < 64_000; number++) {
      const bucket = bucketOf(`client-${number}`);
      sizes[bucket] = (sizes[bucket] ?? 0) + 1;
    }
    expect(sizes).toHaveLength(64);
    for (const size of sizes) expect(Math.abs(size - 1_000)).toBeLessThan(200);
  });
});

describe("a database with other buckets", () => {
  const replacing = async (statement: string, check: () => Promise<void>) => {
    const { rows } = await database.knex.raw(
      "select pg_get_functiondef(p.oid) as definition from pg_proc p where proname in ('client_bucket', 'client_bucket_count')",
    );
    await database.knex.raw(statement);
    try {
      await check();
    } finally {
      for (const { definition } of rows) await database.knex.raw(definition);
    }
  };

  it("is rejected for another bucket count", async () => {
    const statement = `create or replace function client_bucket_count() returns integer language sql immutable parallel safe
      return 32`;
    await replacing(statement, async () => {
      const rejection = { name: "BucketMismatch", message: expect.stringContaining("32 client buckets") };
      await expect(checkBuckets(database.knex)).rejects.toMatchObject(rejection);
      await expect(migrate(database.knex)).rejects.toMatchObject(rejection);
    });
    await checkBuckets(database.knex);
  });

  it("is rejected for another bucket function", async () => {
    const statement = `create or replace function client_bucket(client_id text) returns smallint
      language sql immutable strict parallel safe return (length(client_id) % 64)::smallint`;
    await replacing(statement, async () => {
      await expect(checkBuckets(database.knex)).rejects.toMatchObject({ name: "BucketMismatch" });
    });
    await checkBuckets(database.knex);
  });
});
