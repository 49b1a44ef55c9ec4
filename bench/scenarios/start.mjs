import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, isReady, listens, startApi, until } from "../contenders/servers.mjs";
import { atMost } from "../report/goals.mjs";
import { clientsDatabase } from "./big-database.mjs";

const CLIENTS = 100_000;
const STARTS = 7;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const POSTMASTER_PID_FILE = join(ROOT, ".data/postgres/postmaster.pid");

export const title = "Start";

export const expectedSeconds = () => 60;

const startNode = async (database) => {
  const api = await startApi(database.url);
  await api.stop();
  return api.readyAfterMs;
};

/** `npm start` without variables, with the embedded PostgreSQL in .data/. */
const npmStart = async () => {
  const { DATABASE_URL: _, ...environment } = process.env;
  const port = await freePort();
  const startedAtMs = performance.now();
  const child = spawn("npm", ["start"], {
    cwd: ROOT,
    env: { ...environment, PORT: String(port) },
    stdio: "ignore",
    detached: true, // a new process group, so that a signal reaches all its processes
  });
  const exited = once(child, "exit");
  await until(() => isReady(port), child);
  const elapsedMs = performance.now() - startedAtMs;
  process.kill(-child.pid, "SIGTERM");
  await exited;
  // The service can outlive npm, and stops PostgreSQL last.
  while ((await listens(port)) || existsSync(POSTMASTER_PID_FILE)) await sleep(20);
  return elapsedMs;
};

/** Time until ready, of `node` and of `npm start` with everything installed and built. */
export const run = async ({ server, progress }) => {
  const database = await clientsDatabase(server, CLIENTS, progress);
  const timesMs = { node: [], "npm start": [] };
  for (let start = 1; start <= STARTS; start++) {
    progress.begin(`start ${start} of ${STARTS}`);
    timesMs.node.push(await startNode(database));
    progress.end(`${Math.round(timesMs.node.at(-1))} ms`);
  }
  // The first start can include installation, build and initdb, so it does not count.
  for (let start = 0; start <= 3; start++) {
    progress.begin(`npm start, ${start === 0 ? "the first time" : `again, ${start} of 3`}`);
    const elapsedMs = await npmStart();
    if (start > 0) timesMs["npm start"].push(elapsedMs);
    progress.end(`${Math.round(elapsedMs)} ms`);
  }
  const goals = [
    atMost("from node to ready on a migrated database, in ms", timesMs.node, 1_000),
    atMost("npm start the second time, in ms", timesMs["npm start"], null),
  ];
  return [{ name: "ms to ready", samples: {}, times: timesMs, goals }];
};
