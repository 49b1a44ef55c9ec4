// npm run ladder [-- PART]: the long form of every row of docs/reliability.md, or of those whose id contains PART, then a
// table of what is promised and what was measured. --short runs the short form of the rows. --record writes the figures
// of the long form to docs/reliability.md.
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

const runRows = (results) => {
  const jest = [
    ...["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
    join("node_modules", "jest", "bin", "jest.js"),
    // The rows measure durations: one runs at a time. A row's title starts with its id.
    "--runInBand",
    ...(part === undefined ? [] : ["--testNamePattern", `^[a-z0-9-]*${part.replace(/[^a-z0-9-]/g, "")}[a-z0-9-]*:`]),
    ...["--selectProjects", "ladder"],
  ];
  const env = { ...process.env, LADDER: short ? "short" : "long", LADDER_RESULTS: results };
  return spawnSync(process.execPath, jest, { cwd: ROOT, env, stdio: "inherit" }).status ?? 1;
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
writeFileSync(results, "");
try {
  const status = runRows(results);
  const rows = readRows(results);
  print(rows);
  if (recording) recordFigures(rows);
  const count = (wanted) => rows.filter(({ result }) => result === wanted).length;
  const failed = Math.max(count("BROKEN"), status === 0 && rows.length > 0 ? 0 : 1);
  console.log(`${count("kept")} passed, ${failed} failed, ${count("skipped")} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
