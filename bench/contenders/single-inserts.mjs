import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findPgbench, pgbenchVersion, runPgbench } from "./pgbench.mjs";

const LOOP = fileURLToPath(new URL("./pg-loop.mjs", import.meta.url));

const runLoop = async ({ database: { url, serverVersion }, ...rest }) => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    LOOP,
    JSON.stringify({ url, serverVersion, ...rest }),
  ]);
  return JSON.parse(stdout);
};

/** What makes the single-row inserts on this machine: pgbench, else a bare `pg` loop. */
export const singleInserts = () => {
  const command = findPgbench();
  return command === undefined
    ? { name: "pg loop", version: "a bare pg loop: pgbench is not installed", run: runLoop }
    : { name: "pgbench", version: pgbenchVersion(command), run: (load) => runPgbench({ command, ...load }) };
};
