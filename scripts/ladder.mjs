// npm run ladder [-- PART]: the long form of every row of docs/reliability.md, or of those whose id contains PART, then a
// table of what is promised and what was measured. --short runs the short form of the rows, and a broken row once more:
// a shared machine can be busy for a moment. --record writes the figures of the long form to docs/reliability.md.
import "./use-node.mjs";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DOCUMENT = join(ROOT, "docs", "reliability.md");

const args = process.argv.slice(2);
const recording = args.includes("--record");
const short = args.includes("--short");
const [part, ...more] = args.filter((arg) => arg !== "--record" && arg !== "--short");
if (more.length > 0 || part?.startsWith("-") || (short && recording)) {
  console.error("Usage: npm run ladder [-- [--short | --record] [PART OF A ROW'S ID]]");
  process.exit(2);
}

const literal = (text) => text.replace(/[^a-z0-9-]/g, "");

/** Runs the rows whose titles start with a match of the pattern; undefined: all rows. */
const runRows = (results, pattern) => {
  const jest = [
    ...["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
    join("node_modules", "jest", "bin", "jest.js"),
    // The rows measure durations: one runs at a time. A row's title starts with its id.
    "--runInBand",
    ...(pattern === undefined ? [] : ["--testNamePattern", `^(${pattern}):`]),
    ...["--json", `--outputFile=${report}`, "--selectProjects", "ladder"],
  ];
  const env = { ...process.env, LADDER: short ? "short" : "long", LADDER_RESULTS: results };
  // Rows that are asked for by name, and broken ones, always run.
  if (pattern !== undefined) delete env.LADDER_UNTIL;
  return spawnSync(process.execPath, jest, { cwd: ROOT, env, stdio: "inherit" }).status ?? 1;
};

/** False if something else failed than the broken rows, such as a file that does not load. */
const onlyRowsFailed = (broken) => {
  const { numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  return numRuntimeErrorTestSuites === 0 && numFailedTests === broken.length;
};

const readRows = (results) =>
  readFileSync(results, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    // A row that this machine can't run says so also when others were asked for.
    .filter(({ id }) => part === undefined || id.includes(part));

const print = (rows) => {
  const table = [["row", "promise", "figure", "result", "covers"]];
  for (const { id, says, figure, result, seconds, covers } of rows) {
    table.push([id, says, figure, result === "skipped" ? result : `${result} in ${seconds} s`, covers]);
  }
  const widths = table[0].map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  console.log(`\n${lines.join("\n")}\n`);
};

/** The figure is the third cell of a row; a promise that was not kept leaves it as it is. */
const recordFigures = (rows) => {
  let text = readFileSync(DOCUMENT, "utf8");
  for (const { id, figure, result } of rows) {
    const row = new RegExp(`^(\\| \\[${id}\\][^|]*\\|[^|]*\\|)[^|]*\\|`, "m");
    if (result === "kept") text = text.replace(row, (_, start) => `${start} ${figure.replaceAll("|", "/")} |`);
  }
  writeFileSync(DOCUMENT, text);
};

const folder = mkdtempSync(join(tmpdir(), "ladder-"));
const results = join(folder, "results.jsonl");
const report = join(folder, "jest.json");
writeFileSync(results, "");
try {
  let status = runRows(results, part === undefined ? undefined : `[a-z0-9-]*${literal(part)}[a-z0-9-]*`);
  let rows = readRows(results);
  const broken = rows.filter(({ result }) => result === "BROKEN").map(({ id }) => id);
  if (short && broken.length > 0 && onlyRowsFailed(broken)) {
    console.log(`\nOnce more: ${broken.join(", ")}\n`);
    writeFileSync(results, "");
    status = runRows(results, broken.map(literal).join("|"));
    const again = readRows(results).filter(({ id }) => broken.includes(id));
    rows = [...rows.filter(({ id }) => !again.some((row) => row.id === id)), ...again];
  }
  print(rows);
  if (recording) recordFigures(rows);
  const count = (wanted) => rows.filter(({ result }) => result === wanted).length;
  const failed = Math.max(count("BROKEN"), status === 0 && rows.length > 0 ? 0 : 1);
  console.log(`${count("kept")} passed, ${failed} failed, ${count("skipped")} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
