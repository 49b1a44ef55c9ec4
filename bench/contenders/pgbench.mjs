import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { percentile } from "../measure/statistics.mjs";
import { insertStatements } from "./insert-statement.mjs";

/** Debian keeps pgbench beside the server, out of the PATH. */
const debian = () => {
  const home = "/usr/lib/postgresql";
  const versions = existsSync(home) ? readdirSync(home).sort((one, other) => Number(other) - Number(one)) : [];
  return versions.map((version) => join(home, version, "bin", "pgbench"));
};

/** The command, or undefined where it is not installed. */
export const findPgbench = () =>
  ["pgbench", ...debian()].find((command) => spawnSync(command, ["--version"]).status === 0);

export const pgbenchVersion = (command) => spawnSync(command, ["--version"], { encoding: "utf8" }).stdout.trim();

const number = (output, pattern) => Number(pattern.exec(output)?.[1] ?? Number.NaN);

/** One line a transaction: client, number, microseconds. */
const latencies = (directory) =>
  readdirSync(directory)
    .filter((name) => name.startsWith("latency."))
    .flatMap((name) => readFileSync(join(directory, name), "utf8").trim().split("\n"))
    .map((line) => Number(line.split(" ")[2]) / 1000);

/**
 * Runs the single-row insert, prepared, half of the rows with an idempotency key. Latencies are logged at one
 * connection only: there they matter, and the log costs nothing.
 */
export const runPgbench = async ({ command, database, connections, seconds, clients }) => {
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
  const times = connections === 1 ? latencies(directory) : [];
  rmSync(directory, { recursive: true });
  return {
    count: number(stdout, /transactions actually processed: (\d+)/),
    perSecond: number(stdout, /tps = ([\d.]+)/),
    faults: number(stdout, /failed transactions: (\d+)/) || 0,
    ...(times.length > 0 && { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }),
  };
};
