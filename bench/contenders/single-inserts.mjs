import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CLIENT_ID_PREFIX } from "../database/dataset.mjs";
import { percentile } from "../measure/statistics.mjs";

/** The minimum cost of storing a payment: one row of a random client into the same table, without any check. */
const insertInto = (columns, values, serverVersion) =>
  `insert into payments (bucket, client_id, id, amount, currency, description, metadata, created_at${columns}) values (` +
  // uuidv7() exists since PostgreSQL 18. The table's keys start with the client, so both ids are inserted at random places.
  // The table does not check the bucket. The client's own would cost a hash.
  `:client::int % 64, '${CLIENT_ID_PREFIX}' || lpad(to_hex(:client::int), 12, '0'), ${serverVersion >= 18 ? "uuidv7" : "gen_random_uuid"}(), ` +
  `:amount::bigint, 'EUR', 'Invoice 1234567', '{"order":"1234567"}', now()${values})`;

/** With and without an idempotency key. Bind `:client`, `:amount` and `:key` as parameters. */
export const insertStatements = (serverVersion) => ({
  keyed: insertInto(", idempotency_key", ", :key::text", serverVersion),
  plain: insertInto("", "", serverVersion),
});

/** Debian installs pgbench beside the server, outside the PATH. */
const debian = () => {
  const home = "/usr/lib/postgresql";
  const versions = existsSync(home) ? readdirSync(home).sort((one, other) => Number(other) - Number(one)) : [];
  return versions.map((version) => join(home, version, "bin", "pgbench"));
};

/** The command, or undefined if it is not installed. */
const findPgbench = () => ["pgbench", ...debian()].find((command) => spawnSync(command, ["--version"]).status === 0);

const pgbenchVersion = (command) => spawnSync(command, ["--version"], { encoding: "utf8" }).stdout.trim();

const number = (output, pattern) => Number(pattern.exec(output)?.[1] ?? Number.NaN);

/** One line per transaction: client, number, microseconds. */
const latenciesMs = (directory) =>
  readdirSync(directory)
    .filter((name) => name.startsWith("latency."))
    .flatMap((name) => readFileSync(join(directory, name), "utf8").trim().split("\n"))
    .map((line) => Number(line.split(" ")[2]) / 1000);

/**
 * Runs the prepared single-row insert, with an idempotency key for half of the rows. Latencies are logged only at one
 * connection, where they are compared and the log is cheap.
 */
const runPgbench = async ({ command, database, connections, seconds, clients }) => {
  const directory = mkdtempSync(join(database.workDirectory, "pgbench-"));
  const { keyed, plain } = insertStatements(database.serverVersion);
  const random = [`\\set client random(${clients.first}, ${clients.last})`, "\\set amount random(1, 100000)"];
  const key = "\\set key random(1000000000000000000, 9000000000000000000)";
  writeFileSync(join(directory, "keyed.sql"), [...random, key, `${keyed};`].join("\n"));
  writeFileSync(join(directory, "plain.sql"), [...random, `${plain};`].join("\n"));
  const logged = connections === 1 ? ["--log", "--log-prefix=latency"] : [];
  const load = ["-n", "-M", "prepared", "-c", String(connections), "-j", "1", "-T", String(seconds)];
  const args = [...load, "-f", "keyed.sql", "-f", "plain.sql", ...logged, database.url];
  const { stdout } = await promisify(execFile)(command, args, { cwd: directory });
  const timesMs = connections === 1 ? latenciesMs(directory) : [];
  rmSync(directory, { recursive: true });
  return {
    count: number(stdout, /transactions actually processed: (\d+)/),
    perSecond: number(stdout, /tps = ([\d.]+)/),
    faults: number(stdout, /failed transactions: (\d+)/) || 0,
    ...(timesMs.length > 0 && { p50Ms: percentile(timesMs, 0.5), p99Ms: percentile(timesMs, 0.99) }),
  };
};

const LOOP = fileURLToPath(new URL("./pg-loop.mjs", import.meta.url));

const runLoop = async ({ database: { url, serverVersion }, ...rest }) => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    LOOP,
    JSON.stringify({ url, serverVersion, ...rest }),
  ]);
  return JSON.parse(stdout);
};

/** The generator of single-row inserts: pgbench, or a bare `pg` loop if pgbench is not installed. */
export const singleInserts = () => {
  const command = findPgbench();
  return command === undefined
    ? { name: "pg loop", version: "a bare pg loop (pgbench is not installed)", run: runLoop }
    : { name: "pgbench", version: pgbenchVersion(command), run: (load) => runPgbench({ command, ...load }) };
};
