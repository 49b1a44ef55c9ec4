// npm run mutation [-- SCOPE ...]: changes the code in hundreds of small ways and counts how many the unit tests notice;
// fails below 90 %. It changes the files where they lie and puts them back: run it in a clone with nothing to commit.
import { spawnSync } from "node:child_process";
import { SCOPE_NAMES } from "../mutation/scopes.mjs";

// Not a development dependency: it is large, and nobody who starts or tests the service needs it.
const VERSION = "10.0.0";

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !SCOPE_NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no scope ${unknown.join(", ")}. The scopes are: ${SCOPE_NAMES.join(", ")}.`);
  process.exit(2);
}
const { stdout } = spawnSync("git", ["status", "--porcelain"], { encoding: "utf8" });
if (stdout !== "") {
  console.error("There are changes that are not committed. Commit them first: the files are changed and put back.");
  process.exit(2);
}

const run = (scope) => {
  console.log(`\nMutation testing of ${scope}`);
  const packages = ["core", "jest-runner"].flatMap((name) => ["--package", `@stryker-mutator/${name}@${VERSION}`]);
  return spawnSync("npx", ["--yes", "--prefer-offline", ...packages, "stryker", "run", "mutation/stryker.config.mjs"], {
    env: { ...process.env, MUTATION_SCOPE: scope },
    stdio: "inherit",
    shell: process.platform === "win32",
  }).status;
};

const failed = (chosen.length > 0 ? chosen : SCOPE_NAMES).filter((scope) => run(scope) !== 0);
if (failed.length > 0) {
  console.error(`Under 90 %, or not finished: ${failed.join(", ")}`);
  process.exit(1);
}
