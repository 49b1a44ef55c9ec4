import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createKnex, migrate } from "@payments/adapters-postgres";
import { startEmbeddedPostgres } from "@payments/embedded-postgres";
import pg from "pg";

/** On the disk of the repository: a temporary folder may be memory, where durability costs nothing. */
const HOME = fileURLToPath(new URL("../../.data/", import.meta.url));

const SETTINGS = [
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "shared_buffers",
  "max_wal_size",
  "max_connections",
];

const withDatabase = (url, name) => Object.assign(new URL(url), { pathname: `/${name}` }).href;

/** Runs statements one by one on a connection of their own; returns the rows of the last. */
export const query = async (url, ...statements) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
};

/** The parent of all the server's processes, where the server runs on this machine; else null. */
const findPostmaster = async (url) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select pg_backend_pid() as pid");
  try {
    const status = readFileSync(`/proc/${rows[0].pid}/status`, "utf8");
    return /^Name:\s+postgres$/m.test(status) ? Number(/^PPid:\s+(\d+)$/m.exec(status)[1]) : null;
  } catch {
    return null; // another machine's process, or no /proc
  } finally {
    await client.end();
  }
};

const startEmbedded = async (workDirectory) => {
  const dataDir = join(workDirectory, "postgres");
  // Only pgbench needs so many connections; everything else is as the service starts it.
  const server = await startEmbeddedPostgres({ dataDir, durable: true, settings: { max_connections: "400" } });
  const remove = async () => {
    const target = realpathSync(dataDir);
    await server.stop();
    rmSync(target, { recursive: true, force: true });
  };
  return { kind: "embedded PostgreSQL", url: server.url(), stop: remove };
};

/** A PostgreSQL server to measure on: that of `DATABASE_URL`, else an embedded one with durable settings. */
export const openBenchServer = async (databaseUrl) => {
  mkdirSync(HOME, { recursive: true });
  const workDirectory = mkdtempSync(join(HOME, "bench-"));
  const given = databaseUrl && { kind: "PostgreSQL of DATABASE_URL", url: databaseUrl, stop: async () => {} };
  const { kind, url, stop } = given || (await startEmbedded(workDirectory));
  const databases = [];
  const [{ version }] = await query(url, "select current_setting('server_version') as version");
  const settings = await query(
    url,
    `select name, current_setting(name) as value from unnest('{${SETTINGS}}'::text[]) as name`,
  );

  return {
    kind,
    version,
    workDirectory,
    settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    postmaster: await findPostmaster(url),

    /** Makes a database, migrated, or a copy of another one that nobody is connected to. */
    async create(suffix, template) {
      const name = `payments_bench_${suffix}`;
      await query(url, `drop database if exists ${name}`);
      await query(url, `create database ${name} template ${template?.name ?? "template1"} strategy file_copy`);
      databases.push(name);
      const own = withDatabase(url, name);
      if (template === undefined) {
        const knex = createKnex({ connectionString: own });
        await migrate(knex);
        await knex.destroy();
      }
      return { name, url: own, workDirectory, serverVersion: Number.parseInt(version, 10) };
    },

    async close() {
      if (given) for (const name of databases) await query(url, `drop database if exists ${name} with (force)`);
      await stop();
      rmSync(workDirectory, { recursive: true, force: true });
    },
  };
};

/** Before each measurement, so that none pays for the one before. */
export const checkpoint = ({ url }) => query(url, "checkpoint");
export const emptyPayments = ({ url }) => query(url, "truncate payments", "checkpoint");
export const countPayments = async ({ url }) =>
  Number((await query(url, "select count(*) as count from payments"))[0].count);
