import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createKnex, grantRuntimeRights, migrate } from "@payments/adapters-postgres";
import { freePort } from "./support/free-port.ts";
import { watchForSecrets } from "./support/secrets.ts";
import { createServiceRoles, type ServiceRoles } from "./support/service-roles.ts";
import { createTestDatabase, type TestDatabase } from "./support/test-database.ts";
import { startService, type TestService } from "./support/test-service.ts";
import { undoAfterEach } from "./support/undo-after-each.ts";
import { describeUnless, missingProgram } from "./support/unless.ts";
import { until } from "./support/until.ts";

const PROGRAM = process.env["TEST_PGBOUNCER"] ?? "pgbouncer";
const CONFIGURATION = new URL("../deploy/pgbouncer/pgbouncer.ini", import.meta.url);
/** Server connections: far fewer than the services' connections. */
const POOL_SIZE = 3;

const [version = "", major, minor] = /(\d+)\.(\d+)/.exec(String(spawnSync(PROGRAM, ["--version"]).stdout)) ?? [];
const preparesStatements = Number(major) * 1000 + Number(minor) >= 1021;

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false)).on("connect", () => socket.end());
  });

/** Runs PgBouncer with the shipped configuration, but other addresses, users and pool size. */
const startPgBouncer = async (target: string, poolMode: string) => {
  const server = new URL(target);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "pgbouncer-"));
  await chmod(folder, 0o755);
  const users = join(folder, "userlist.txt");
  await writeFile(users, `"${server.username}" "${decodeURIComponent(server.password)}"\n`);
  const shipped = await readFile(CONFIGURATION, "utf8");
  const used = shipped
    .replace(
      /host=\S+ port=\S+ dbname=\S+/,
      `host=${server.hostname} port=${server.port} dbname=${server.pathname.slice(1)}`,
    )
    .replace(/^listen_port = .*$/m, `listen_port = ${port}`)
    .replace(/^auth_file = .*$/m, `auth_file = ${users}\nunix_socket_dir =`)
    .replace(/^default_pool_size = .*$/m, `default_pool_size = ${POOL_SIZE}`)
    .replace(/^pool_mode = .*$/m, `pool_mode = ${poolMode}`);
  const file = join(folder, "pgbouncer.ini");
  await writeFile(file, preparesStatements ? used : used.replace(/^max_prepared_statements.*$/m, ""));
  // PgBouncer refuses to run as root.
  const user = process.getuid?.() === 0 ? ["--user=nobody"] : [];
  const child = spawn(PROGRAM, [...user, file], { stdio: ["ignore", "ignore", "pipe"] });
  watchForSecrets(child.stderr);
  let log = "";
  child.stderr.on("data", (data) => {
    log += data;
  });
  await until("PgBouncer listens", () => {
    if (child.exitCode !== null) throw new Error(log);
    return accepts(port);
  });
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${port}`, pathname: "/payments" }).href,
    stop: async () => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true });
    },
  };
};

const MODES = preparesStatements ? ["transaction", "session"] : ["session"];

describeUnless(missingProgram(PROGRAM))(`PgBouncer ${version}`, () => {
  describe.each(MODES)("in pool mode %s", (mode) => {
    const using = undoAfterEach();
    let database: TestDatabase;
    let roles: ServiceRoles;
    let pooler: Awaited<ReturnType<typeof startPgBouncer>>;
    beforeAll(async () => {
      database = await createTestDatabase({ migrated: false });
      roles = await createServiceRoles(database);
      const owner = createKnex({ connectionString: roles.urlOf(roles.owner), poolSize: 1 });
      await migrate(owner);
      await grantRuntimeRights(owner, roles.app);
      await owner.destroy();
      pooler = await startPgBouncer(roles.urlOf(roles.app), mode);
    });
    afterAll(async () => {
      await pooler.stop();
      await roles.drop();
      await database.drop();
    });

    // Session pooling needs a server connection for each of the service's connections.
    const DATABASE_POOL_SIZE = mode === "session" ? "2" : "10";
    const start = async () =>
      using(await startService(pooler.url, { DATABASE_POOL_SIZE, MIGRATE_ON_START: "false" }), (service) =>
        service.stop(),
      );

    const pay = (service: TestService, apiKey: string, idempotencyKey: string) =>
      service.pay(apiKey, { headers: { "idempotency-key": idempotencyKey } });

    it("lets the service store concurrent payments, replay retries and reject a revoked key at once", async () => {
      const services = [await start(), ...(mode === "session" ? [] : [await start()])];
      const [one = await start(), other = one] = services;
      const client = await one.createClient();
      const payments = Array.from({ length: 200 }, (_, index) =>
        pay([one, other][index % 2] ?? one, client.apiKey, `p-${index}`),
      );
      const counts: { sum: string }[] = (
        await database.knex.raw(
          "select count(*) as sum from pg_stat_activity where datname = current_database() and application_name <> 'tests'",
        )
      ).rows;
      const statuses = new Set((await Promise.all(payments)).map(({ status }) => status));
      expect([...statuses]).toEqual([201]);
      expect(Number(counts[0]?.sum)).toBeLessThanOrEqual(POOL_SIZE);
      const again = await pay(other, client.apiKey, "p-7");
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      expect(await database.knex("payments").count()).toEqual([{ count: "200" }]);
      expect((await one.asAdmin("DELETE", `/accounts/${client.id}/api-key`)).status).toBe(204);
      const rejected = await Promise.all([one, other].map((service) => pay(service, client.apiKey, "after")));
      expect(rejected.map(({ status }) => status)).toEqual([401, 401]);
    }, 60_000);

    it("keeps every timeout of a connection on every server connection", async () => {
      const poolSize = Number(DATABASE_POOL_SIZE);
      const knex = using(createKnex({ connectionString: pooler.url, poolSize }), (it) => it.destroy());
      const names = [
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "default_transaction_isolation",
        "synchronous_commit",
        "TimeZone",
      ];
      const settings = names.map((name) => `current_setting('${name}')`).join(" || ' ' || ");
      const seen = await Promise.all(
        Array.from({ length: 30 }, () =>
          knex.raw(`select pg_backend_pid() as pid, ${settings} as settings, pg_sleep(0.05)`),
        ),
      );
      const rows: { pid: number; settings: string }[] = seen.flatMap((result) => result.rows);
      expect(new Set(rows.map(({ pid }) => pid)).size).toBeGreaterThan(1);
      expect([...new Set(rows.map((row) => row.settings))]).toEqual(["3s 2s 5s read committed on UTC"]);
      await expect(knex.raw("select pg_sleep(3.9)")).rejects.toMatchObject({ code: "57014" });
    }, 30_000);
  });
});
