import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * @typedef {object} Load
 * @property {"payments" | "charges" | "webhooks" | "reads"} kind  a charge is a payment with a payment method
 * @property {string} url
 * @property {number} connections
 * @property {number} seconds
 * @property {string} file    one request per line: an API key; for reads an API key and a path; for webhooks the ids of
 *   a client, a payment and a PaymentIntent
 * @property {boolean} [signs]  whether webhooks are part of the comparison: wrk cannot sign them, so autocannon sends all
 * @property {number} runId   unique per run, so that idempotency keys are always new
 */

const SCRIPTS = {
  payments: fileURLToPath(new URL("./payments.lua", import.meta.url)),
  charges: fileURLToPath(new URL("./charges.lua", import.meta.url)),
  reads: fileURLToPath(new URL("./reads.lua", import.meta.url)),
};

/** wrk's version, or undefined if it is not installed. `wrk -v` exits with 1. */
const wrkVersion = () => /^wrk \S+/.exec(spawnSync("wrk", ["-v"], { encoding: "utf8" }).stdout?.toString() ?? "")?.[0];

/** @param {Load} load */
const runWrk = async ({ kind, url, connections, seconds, file, runId }) => {
  const load = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", SCRIPTS[kind]];
  const { stdout } = await promisify(execFile)("wrk", [...load, url, "--", file, String(runId)]);
  return JSON.parse(stdout.trim().split("\n").at(-1));
};

const AUTOCANNON = fileURLToPath(new URL("./autocannon-process.mjs", import.meta.url));

const runAutocannon = async (load) => {
  const { stdout } = await promisify(execFile)(process.execPath, [AUTOCANNON, JSON.stringify(load)]);
  return JSON.parse(stdout);
};

const wrk = wrkVersion();

export const loadGenerator = wrk ?? "autocannon, which uses more CPU than wrk (wrk is not installed)";

let nextRunId = 1_000_000_000 + (Date.now() % 1_000_000_000);

/**
 * Loads a server from a separate process. Every response except 2xx is a fault. With `expectErrors`, every 2xx is a fault.
 *
 * @param {Omit<Load, "runId"> & { expectErrors?: boolean }} load
 */
export const generateLoad = async ({ expectErrors = false, signs = false, ...load }) => {
  const run = wrk === undefined || signs ? runAutocannon : runWrk;
  const { count, elapsedMs, p50Ms, p99Ms, statusFaults, socketFaults } = await run({ ...load, runId: nextRunId++ });
  const faults = socketFaults + (expectErrors ? count - statusFaults : statusFaults);
  return { count, perSecond: (count * 1000) / elapsedMs, p50Ms, p99Ms, faults };
};

/** Writes the requests of a load to a file and returns its path. */
export const requestFile = (directory, name, lines) => {
  const file = join(directory, `${name}.requests`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
};
