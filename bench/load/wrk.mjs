import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SCRIPTS = {
  payments: fileURLToPath(new URL("./payments.lua", import.meta.url)),
  reads: fileURLToPath(new URL("./reads.lua", import.meta.url)),
};

/** wrk's own version, or undefined where it is not installed. It exits with 1 when asked. */
export const wrkVersion = () =>
  /^wrk \S+/.exec(spawnSync("wrk", ["-v"], { encoding: "utf8" }).stdout?.toString() ?? "")?.[0];

/** @param {import("./load-generator.mjs").Load} load */
export const runWrk = async ({ kind, url, connections, seconds, file, mark }) => {
  const load = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", SCRIPTS[kind]];
  const { stdout } = await promisify(execFile)("wrk", [...load, url, "--", file, String(mark)]);
  return JSON.parse(stdout.trim().split("\n").at(-1));
};
