import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createKnex, migrate } from "@payments/adapters-postgres";
import { startEmbeddedPostgres } from "@payments/embedded-postgres";
import pg from "pg";

/** On the repository's disk, because a temporary folder can be in memory, where durability costs nothing. */
const DATA_FOLDER = fileURLToPath(new URL("../../.data/", import.meta.url));

const SETTINGS = [
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "shared_buffers",
  "max_wal_size",
  "max_connections",
];

const withDatabase = (url, name) => Object.assign(new URL(url), { pathname: `/${name}` }).href;

/** Runs the statements in order on a new connection and returns the rows of the last one. */
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

/** The parent process of the server's processes, or null if the server runs on another machine. */
const findPostmaster = async (url) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select pg_backend_pid() as pid");
  try {
    const status = readFileSync(`/proc/${rows[0].pid}/status`, "utf8");
    return /^Name:\s+postgres$/m.test(status) ? Number(/^PPid:\s+(\d+)$/m.exec(status)[1]) : null;
  } catch {
    return null; // a process of another machine, or no /proc
  } finally {
    await client.end();
  }
};

const startEmbedded = async (workDirectory) => {
  const dataDir = join(workDirectory, "postgres");
  // pgbench needs this many connections. All other settings are those of the service's embedded server.
  const server = await startEmbeddedPostgres({ dataDir, durable: true, settings: { max_connections: "400" } });
  const remove = async () => {
    const target = realpathSync(dataDir);
    await server.stop();
    rmSync(target, { recursive: true, force: true });
  };
  return { kind: "embedded PostgreSQL", url: server.url(), stop: remove };
};

/** The PostgreSQL server of `DATABASE_URL`, or a durable embedded server. */
export const openBenchServer = async (databaseUrl) => {
  mkdirSync(DATA_FOLDER, { recursive: true });
  const workDirectory = mkdtempSync(join(DATA_FOLDER, "bench-"));
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

    /** Creates a migrated database, or a copy of `template`, which must have no connections. */
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

/** Runs before each measurement, so that no measurement includes the previous one's writes. */
export const checkpoint = ({ url }) => query(url, "checkpoint");
export const emptyPayments = ({ url }) => query(url, "truncate payments, events", "checkpoint");
export const countSucceeded = async ({ url }) =>
  Number((await query(url, "select count(*) as count from charges where status = 'succeeded'"))[0].count);
export const countPayments = async ({ url }) =>
  Number((await query(url, "select count(*) as count from payments"))[0].count);
