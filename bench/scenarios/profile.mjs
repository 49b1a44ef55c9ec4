import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startApi } from "../contenders/servers.mjs";
import { emptyPayments } from "../database/bench-server.mjs";
import { apiKey } from "../database/dataset.mjs";
import { generateLoad, requestFile } from "../load/load-generator.mjs";
import { sample } from "../measure/sample.mjs";
import { clientsDatabase } from "./big-database.mjs";

const CLIENTS = 100_000;
const PAYING = 10_000;
const CONNECTIONS = 64;
const SECONDS = 15;
const WARM_UP_SECONDS = 3;
const LISTED_FUNCTIONS = 25;

export const title = "Profile";

export const expectedSeconds = () => SECONDS + WARM_UP_SECONDS + 10;

/** `.../node_modules/.pnpm/knex@3.3.0_pg/node_modules/knex/lib/x.js` as `knex/lib/x.js`. */
const shortUrl = (url) =>
  url
    .replace(/^file:\/\//, "")
    .replace(/.*\/node_modules\//, "")
    .replace(/.*\/(packages|apps)\//, "");

/** Own time by function after `skippedMs`, as a share of node's busy time. */
const topOf = ({ nodes, samples, timeDeltas }, skippedMs) => {
  const self = new Map();
  let elapsed = 0;
  samples.forEach((id, index) => {
    elapsed += timeDeltas[index];
    if (elapsed > skippedMs * 1000) self.set(id, (self.get(id) ?? 0) + timeDeltas[index]);
  });
  const byFunction = new Map();
  for (const { id, callFrame } of nodes) {
    const { functionName, url } = callFrame;
    if (functionName === "(idle)" || functionName === "(root)" || !self.has(id)) continue;
    const name = `${functionName || "(anonymous)"}${url ? ` ${shortUrl(url)}` : ""}`;
    byFunction.set(name, (byFunction.get(name) ?? 0) + self.get(id));
  }
  const busy = [...byFunction.values()].reduce((sum, time) => sum + time, 0);
  return [...byFunction]
    .sort(([, one], [, other]) => other - one)
    .slice(0, LISTED_FUNCTIONS)
    .map(([name, time]) => ({ name, share: time / busy }));
};

/** The functions that take node's time while it stores payments. */
export const run = async ({ server, progress }) => {
  const database = await clientsDatabase(server, CLIENTS, progress);
  const file = requestFile(
    server.workDirectory,
    "profile",
    Array.from({ length: PAYING }, (_, index) => apiKey(index)),
  );
  const directory = join(server.workDirectory, "profile");
  const startedAtMs = performance.now();
  const api = await startApi(database.url, { nodeArguments: ["--cpu-prof", `--cpu-prof-dir=${directory}`] });
  await emptyPayments(database);
  progress.begin(`profile at ${CONNECTIONS} connections`);
  const url = `${api.url}/payments/create`;
  const load = (seconds) => generateLoad({ kind: "payments", url, connections: CONNECTIONS, seconds, file });
  await load(WARM_UP_SECONDS);
  const skippedMs = performance.now() - startedAtMs;
  const measured = await sample({ load: () => load(SECONDS), nodePid: api.pid, postmaster: server.postmaster });
  await api.stop();
  const [name] = readdirSync(directory);
  const profile = topOf(JSON.parse(readFileSync(join(directory, name), "utf8")), skippedMs);
  progress.end(`${Math.round(measured.perSecond).toLocaleString("en")}/s`);
  return [{ name: `${CONNECTIONS} connections`, samples: { "API, profiled": [measured] }, goals: [], profile }];
};
