// npm test: lint and format, types, then all tests; stops at the first step that fails. The last line is
// "N passed, N failed, N skipped". Further arguments go to Jest. `npm test -- payments --projects unit,end-to-end` runs
// only the tests of these projects whose path contains "payments", without lint and types.
import "./use-node.mjs";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PROJECTS = ["unit", "integration", "end-to-end"];

const node = (args, stdio) => spawnSync(process.execPath, args, { cwd: ROOT, stdio, encoding: "utf8" });

const NOTHING = { passed: 0, failed: 0, skipped: 0 };

/** A tool that is silent when all is well. */
const check = (...args) => {
  const { status, stdout, stderr } = node(args, ["ignore", "pipe", "pipe"]);
  if (status !== 0) process.stdout.write(`${stdout}${stderr}`);
  return status === 0 ? NOTHING : { ...NOTHING, failed: 1 };
};

const jest = (projects, args) => {
  const folder = mkdtempSync(join(tmpdir(), "jest-"));
  const report = join(folder, "report.json");
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  // Jest takes every word after --selectProjects for a project: what the caller gave comes first.
  const own = ["--passWithNoTests", "--json", `--outputFile=${report}`, "--selectProjects", ...projects];
  const { status } = node([...flags, join("node_modules", "jest", "bin", "jest.js"), ...args, ...own], "inherit");
  try {
    const found = JSON.parse(readFileSync(report, "utf8"));
    const failed = found.numFailedTests + found.numRuntimeErrorTestSuites;
    return {
      passed: found.numPassedTests,
      failed: status === 0 ? failed : Math.max(failed, 1),
      skipped: found.numPendingTests + found.numTodoTests,
    };
  } catch {
    return { ...NOTHING, failed: 1 }; // Jest ended before it had anything to report
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const parse = (args) => {
  const at = args.findIndex((arg) => /^--projects(=|$)/.test(arg));
  if (at < 0) return { rest: args };
  const attached = args[at].split("=")[1];
  const projects = (attached ?? args[at + 1] ?? "").split(",");
  const unknown = projects.find((project) => !PROJECTS.includes(project));
  if (unknown !== undefined) {
    console.error(`--projects takes some of ${PROJECTS.join(",")}, not "${unknown}"`);
    process.exit(1);
  }
  return { projects, rest: args.toSpliced(at, attached === undefined ? 2 : 1) };
};

const { projects, rest } = parse(process.argv.slice(2));
const checks = [
  [
    "lint and format",
    () => check(join("node_modules", "@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings", "."),
  ],
  ["types", () => check(join("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.test.json")],
];
const tests = [projects?.join(", ") ?? "tests", () => jest(projects ?? PROJECTS, rest)];

const total = { ...NOTHING };
const summary = [];
for (const [title, run] of projects ? [tests] : [...checks, tests]) {
  const start = performance.now();
  const result = run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  for (const kind of Object.keys(total)) total[kind] += result[kind];
  summary.push(`${result.failed === 0 ? "✓" : "✗"} ${title.padEnd(18)}${seconds.padStart(6)} s`);
  if (result.failed > 0) break;
}

const none = total.passed + total.failed === 0;
if (none) summary.push(`✗ no test was run${rest.length > 0 ? ` that matches ${rest.join(" ")}` : ""}`);
console.log(`\n${summary.join("\n")}\n\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || none ? 1 : 0;
