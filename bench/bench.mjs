// npm run bench: compares the API with its limits. See docs/performance.md.
import "../scripts/use-node.mjs";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { singleInserts } from "./contenders/single-inserts.mjs";
import { openBenchServer } from "./database/bench-server.mjs";
import { readOptions } from "./options.mjs";
import { isRegression } from "./report/goals.mjs";
import { describeMachine, machineText } from "./report/machine.mjs";
import { paymentsPicture } from "./report/picture.mjs";
import { Progress } from "./report/progress.mjs";
import { goalTable, partText } from "./report/table.mjs";

const RESULTS = new URL("./results/", import.meta.url);

const save = (name, title, machine, options, parts) => {
  mkdirSync(RESULTS, { recursive: true });
  const { rounds, seconds, warmUpSeconds } = options;
  const result = { date: new Date().toISOString(), machine, rounds, seconds, warmUpSeconds, parts };
  writeFileSync(new URL(`${name}.json`, RESULTS), `${JSON.stringify(result, null, 2)}\n`);
  const text = parts.flatMap((part) => [part.goals.length > 0 && goalTable(part.goals), partText(title, part)]);
  writeFileSync(
    new URL(`${name}.md`, RESULTS),
    `${[`# ${title}`, machineText(machine), ...text.filter(Boolean)].join("\n\n")}\n`,
  );
  if (name === "payments") writeFileSync(new URL("payments.svg", RESULTS), paymentsPicture(parts, machine));
};

// The servers are killed when this process exits, so a signal must make it exit.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const options = readOptions(process.argv.slice(2));
const scenarios = await Promise.all(
  options.only.map(async (name) => ({ name, ...(await import(`./scenarios/${name}.mjs`)) })),
);
const progress = new Progress(scenarios.reduce((sum, { expectedSeconds }) => sum + expectedSeconds(options), 5));
const server = await openBenchServer(process.env.DATABASE_URL);
const inserts = singleInserts();
const machine = describeMachine({ server, inserts });
console.error(`${machineText(machine)}\nThis takes about ${progress.planned} minutes.\n`);

const parts = [];
try {
  for (const { name, title, run } of scenarios) {
    const own = await run({ server, inserts, progress, options });
    if (!options.short) save(name, title, machine, options, own);
    parts.push(...own.map((part) => ({ title, ...part })));
  }
} finally {
  await server.close();
}

const goals = parts.flatMap((part) => part.goals);
const faults = parts.flatMap(({ samples }) => Object.values(samples).flat()).reduce((sum, one) => sum + one.faults, 0);
if (goals.length > 0) console.log(`\n${goalTable(goals)}`);
for (const { title, ...part } of parts) console.log(`\n${partText(title, part)}`);
console.log(`\n${machineText(machine)}`);

if (faults > 0) console.error(`\n${faults} responses were wrong. Discard these figures.`);
const recorded = options.short ? JSON.parse(readFileSync(new URL("payments.json", RESULTS), "utf8")).parts : [];
const recordedGoals = new Map(recorded.flatMap((part) => part.goals).map((goal) => [goal.name, goal]));
const regressions = goals.filter((goal) => isRegression(goal, recordedGoals.get(goal.name)));
if (options.short && regressions.length > 0)
  console.error(`\nRegression: ${regressions.map(({ name }) => name).join("; ")}`);
process.exitCode = faults > 0 || (options.short && regressions.length > 0) ? 1 : 0;
