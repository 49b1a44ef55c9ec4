import { summarize } from "../measure/statistics.mjs";
import { verdictOf } from "./goals.mjs";

const width = (cells) => Math.max(...cells.map((cell) => cell.length));

/** A Markdown table, aligned for a terminal. */
const table = (head, rows) => {
  const widths = head.map((_, column) => width([head, ...rows].map((row) => row[column])));
  const line = (cells) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(" | ")} |`;
  const rule = widths.map((length, column) => (column === 0 ? "-".repeat(length) : `${"-".repeat(length - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
};

const round = (value) => {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
};

const spread = (summary) =>
  summary === null ? "-" : `${round(summary.median)} (${round(summary.min)} - ${round(summary.max)})`;
const medianOf = (summary) => (summary === null ? "-" : round(summary.median));

const boundText = ({ sense, bound, aim }) =>
  bound === null ? "-" : `${sense} ${bound}${aim === undefined ? "" : `, aim ${aim}`}`;

export const goalTable = (goals) =>
  table(
    ["ratio", "median (spread)", "goal", ""],
    goals.map((goal) => [goal.name, spread(goal.value), boundText(goal), verdictOf(goal)]),
  );

const sampleRow = ([name, samples]) => {
  const of = (figure) => summarize(samples.map((sample) => sample[figure]));
  const faults = samples.reduce((sum, sample) => sum + sample.faults, 0);
  const idle = of("idle");
  return [
    name,
    spread(of("perSecond")),
    medianOf(of("p50Ms")),
    medianOf(of("p99Ms")),
    medianOf(of("nodeMicroseconds")),
    medianOf(of("postgresMicroseconds")),
    medianOf(of("rssMb")),
    idle === null ? "-" : `${Math.round(idle.median * 100)} %`,
    String(faults),
  ];
};

const HEAD = ["", "per second (spread)", "p50 ms", "p99 ms", "node us", "PostgreSQL us", "RSS MB", "idle", "faults"];

const bytesLine = ({ heap, primary_key: primaryKey, idempotency_key: idempotencyKey }) => {
  const sum = heap + primaryKey + idempotencyKey;
  const parts = `heap ${round(heap)}, primary key ${round(primaryKey)}, idempotency keys ${round(idempotencyKey)}`;
  return `Disk: ${round(sum)} bytes per payment (${parts}).`;
};

/** The text of one part of a scenario, without its goals. */
export const partText = (title, { name, samples, bytes, profile, times }) =>
  [
    `### ${title}: ${name}`,
    Object.keys(samples).length > 0 && table(HEAD, Object.entries(samples).map(sampleRow)),
    times &&
      table(
        ["", "median (spread)"],
        Object.entries(times).map(([what, values]) => [what, spread(summarize(values))]),
      ),
    bytes && bytesLine(bytes),
    profile &&
      table(
        ["function, by own time", "share of node's busy time"],
        profile.map((one) => [one.name, `${(one.share * 100).toFixed(1)} %`]),
      ),
  ]
    .filter(Boolean)
    .join("\n\n");
