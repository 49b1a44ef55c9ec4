import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, isReady, listens, until } from "../contenders/server-process.mjs";
import { startApi } from "../contenders/servers.mjs";
import { atMost } from "../report/goals.mjs";
import { clientsDatabase } from "./big-database.mjs";

const CLIENTS = 100_000;
const STARTS = 7;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const SERVER_RUNS = join(ROOT, ".data/postgres/postmaster.pid");

export const title = "Start";

export const expectedSeconds = () => 60;

const startNode = async (database) => {
  const api = await startApi(database.url);
  await api.stop();
  return api.readyAfterMs;
};

/** `npm start` as somebody types it: no variable set, its own PostgreSQL in .data/. */
const npmStart = async () => {
  const { DATABASE_URL: _, ...environment } = process.env;
  const port = await freePort();
  const began = performance.now();
  const child = spawn("npm", ["start"], {
    cwd: ROOT,
    env: { ...environment, PORT: String(port) },
    stdio: "ignore",
    detached: true, // a group of its own, so that a stop reaches all of it
  });
  const exited = once(child, "exit");
  await until(() => isReady(port), child);
  const elapsed = performance.now() - began;
  process.kill(-child.pid, "SIGTERM");
  await exited;
  // The service outlives npm for a moment, and stops its PostgreSQL last.
  while ((await listens(port)) || existsSync(SERVER_RUNS)) await sleep(20);
  return elapsed;
};

/** Time from `node` to ready, and of `npm start` when everything is installed and built. */
export const run = async ({ server, progress }) => {
  const database = await clientsDatabase(server, CLIENTS, progress);
  const times = { node: [], "npm start": [] };
  for (let start = 1; start <= STARTS; start++) {
    progress.begin(`start ${start} of ${STARTS}`);
    times.node.push(await startNode(database));
    progress.end(`${Math.round(times.node.at(-1))} ms`);
  }
  // The first one may have to install, build and make the cluster: it is not counted.
  for (let start = 0; start <= 3; start++) {
    progress.begin(`npm start, ${start === 0 ? "the first time" : `again, ${start} of 3`}`);
    const elapsed = await npmStart();
    if (start > 0) times["npm start"].push(elapsed);
    progress.end(`${Math.round(elapsed)} ms`);
  }
  const goals = [
    atMost("from node to ready on a migrated database, in ms", times.node, 1_000),
    atMost("npm start the second time, in ms", times["npm start"], null),
  ];
  return [{ name: "ms to ready", samples: {}, times, goals }];
};
