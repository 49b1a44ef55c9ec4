import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runWrk, wrkVersion } from "./wrk.mjs";

/**
 * @typedef {object} Load
 * @property {"payments" | "reads"} kind
 * @property {string} url
 * @property {number} connections
 * @property {number} seconds
 * @property {string} file   what to send: an API key a line, or for reads an API key and a path
 * @property {number} mark   a number no other run has, for idempotency keys that are always new
 */

const AUTOCANNON = fileURLToPath(new URL("./autocannon-process.mjs", import.meta.url));

const runAutocannon = async (load) => {
  const { stdout } = await promisify(execFile)(process.execPath, [AUTOCANNON, JSON.stringify(load)]);
  return JSON.parse(stdout);
};

const wrk = wrkVersion();

export const loadGenerator = wrk ?? "autocannon (wrk is not installed): it takes more of the CPU than wrk would";

let marks = 1_000_000_000 + (Date.now() % 1_000_000_000);

/**
 * Loads a server from a process of its own. Any answer but 2xx is a fault, unless `refusals` are what is expected:
 * then any answer that is none is.
 *
 * @param {Omit<Load, "mark"> & { refusals?: boolean }} load
 */
export const generateLoad = async ({ refusals = false, ...load }) => {
  const run = wrk === undefined ? runAutocannon : runWrk;
  const { count, elapsedMs, p50, p99, statusFaults, socketFaults } = await run({ ...load, mark: marks++ });
  const faults = socketFaults + (refusals ? count - statusFaults : statusFaults);
  return { count, perSecond: (count * 1000) / elapsedMs, p50, p99, faults };
};

/** Writes what a load generator is to send into a file, and returns its path. */
export const requestFile = (directory, name, lines) => {
  const file = join(directory, `${name}.requests`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
};
