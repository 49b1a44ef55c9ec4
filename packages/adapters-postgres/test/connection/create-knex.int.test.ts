import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { checkReadiness, createKnex, type Knex, migrationStatus } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";

const { openProxy } = closedAfterEach();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const using = async <Value>(knex: Knex, work: (knex: Knex) => PromiseLike<Value>): Promise<Value> => {
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
  }
};

const setting = async (knex: Knex, name: string): Promise<string> =>
  (await knex.raw("select current_setting(?) as value", [name])).rows[0].value;

const backend = async (knex: Knex): Promise<number> => (await knex.raw("select pg_backend_pid() as pid")).rows[0].pid;

describe("a connection", () => {
  it.each([
    ["statement_timeout", "3s"],
    ["lock_timeout", "2s"],
    ["idle_in_transaction_session_timeout", "5s"],
    ["TimeZone", "UTC"],
    ["transaction_isolation", "read committed"],
    ["synchronous_commit", "on"],
    ["application_name", "payments-test"],
  ])("has %s = %s, whatever the role's own settings are", async (name, value) => {
    await database.knex.raw(`do $$ begin
      execute format('alter database %I set timezone = %L', current_database(), 'Asia/Kathmandu');
      execute format('alter database %I set default_transaction_isolation = %L', current_database(), 'serializable');
      execute format('alter database %I set synchronous_commit = off', current_database());
    end $$`);
    const knex = createKnex({ connectionString: database.url, applicationName: "payments-test" });
    expect(await using(knex, () => setting(knex, name))).toBe(value);
  });

  it.each([
    ["local", "on"],
    ["remote_write", "on"],
    ["remote_apply", "remote_apply"],
  ])("of a database that commits by %s commits by %s", async (set, value) => {
    const url = Object.assign(new URL(database.url), { search: `?options=-c synchronous_commit=${set}` });
    expect(await using(createKnex({ connectionString: url.href }), (knex) => setting(knex, "synchronous_commit"))).toBe(
      value,
    );
  });

  it("to a read-only server is not ready, with the reason", async () => {
    const url = Object.assign(new URL(database.url), { search: "?options=-c default_transaction_read_only=on" });
    expect(await using(createKnex({ connectionString: url.href }), checkReadiness)).toBe("read-only");
  });

  it("that exceeds its timeout is destroyed and never reused", async () => {
    const knex = createKnex({ connectionString: database.url, poolSize: 1 });
    await using(knex, async () => {
      const first = await backend(knex);
      const late = knex.raw("select pg_sleep(1)").options({ query_timeout: 100 });
      await expect(late).rejects.toMatchObject({ code: "ETIMEDOUT" });
      expect(await backend(knex)).not.toBe(first);
    });
  });

  it("to a silent server is closed after four seconds, as is a new connection", async () => {
    const proxy = await openProxy(database.url);
    const knex = createKnex({ connectionString: proxy.url, poolSize: 1 });
    await using(knex, async () => {
      await knex.raw("select 1");
      proxy.dropResponses();
      const start = performance.now();
      await expect(knex.raw("select 1")).rejects.toMatchObject({ code: "ETIMEDOUT" });
      expect(performance.now() - start).toBeGreaterThan(3_900);
      // The next connection fails in its handshake.
      await expect(knex.raw("select 1")).rejects.toThrow(/timeout/i);
    });
  });

  it("that is idle is closed together with a connection that timed out", async () => {
    const proxy = await openProxy(database.url);
    const knex = createKnex({ connectionString: proxy.url, poolSize: 3 });
    const three = () => Promise.all([1, 2, 3].map(() => knex.raw("select pg_backend_pid() as pid, pg_sleep(0.1)")));
    await using(knex, async () => {
      const before = (await three()).map(({ rows }) => rows[0].pid);
      proxy.dropResponses();
      const unanswered = knex.raw("select 1").options({ query_timeout: 200 });
      await expect(unanswered).rejects.toMatchObject({ code: "ETIMEDOUT" });
      proxy.mend();
      const after = (await three()).map(({ rows }) => rows[0].pid);
      expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    });
  });

  it("is replaced after the server closes it", async () => {
    const knex = createKnex({ connectionString: database.url, poolSize: 1 });
    await using(knex, async () => {
      const first = await backend(knex);
      await database.knex.raw("select pg_terminate_backend(?)", [first]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await backend(knex)).not.toBe(first);
    });
  });

  it("is closed with its pool", async () => {
    const knex = createKnex({ connectionString: database.url, applicationName: "closing" });
    await using(knex, () => Promise.all([1, 2, 3].map(() => knex.raw("select pg_sleep(0.05)"))));
    const open = "select count(*)::int from pg_stat_activity where application_name = 'closing'";
    expect((await database.knex.raw(open)).rows[0].count).toBe(0);
  });
});

it("works from the built package under plain Node.js", async () => {
  const script = `
    const { createKnex, checkReadiness } = await import("@payments/adapters-postgres");
    const knex = createKnex({ connectionString: process.env.URL });
    console.log(await checkReadiness(knex));
    await knex.destroy();`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: new URL("../..", import.meta.url),
    env: { PATH: process.env["PATH"], URL: database.url },
    encoding: "utf8",
  });
  expect({ stdout, stderr }).toEqual({ stdout: "null\n", stderr: "" });
  expect((await migrationStatus(database.knex)).pending).toEqual([]);
});
