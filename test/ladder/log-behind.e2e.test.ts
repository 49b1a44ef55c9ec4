import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { adminToken, JWT_SECRET } from "../support/admin-token.ts";
import { freePort } from "../support/free-port.ts";
import { MAIN } from "../support/run-program.ts";
import { lookForSecrets, watchForSecrets } from "../support/secrets.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { guarantee } from "./support/guarantee.ts";

/** Enough that their log lines fill the pipe between two processes. */
const REQUESTS = 3_000;
const CONCURRENCY = 20;
const LIMIT_MS = 3_000;

const using = undoAfterEach();

type Running = ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream };

interface Unread {
  readonly child: Running;
  readonly url: string;
  /** The request ids whose lines must be in the log. */
  readonly ids: readonly string[];
}

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );

/** A service whose log lines exceed the capacity of its stdout pipe, which has no reader yet. */
const startUnread = async (databaseUrl: string): Promise<Unread> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { PATH = "" } = process.env;
  const env = { PATH, DATABASE_URL: databaseUrl, JWT_SECRET, PORT: String(port) };
  const child = using(spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] }) as Running, (own) =>
    own.kill("SIGKILL"),
  );
  watchForSecrets(child.stderr);
  await until("the service is up", () => isUp(url));
  const ids = Array.from({ length: REQUESTS }, (_, index) => `request-${index}`);
  for (let at = 0; at < REQUESTS; at += CONCURRENCY) {
    await Promise.all(
      ids.slice(at, at + CONCURRENCY).map(async (id) => {
        // A kept connection would delay the stop of the service.
        const response = await fetch(`${url}/livez`, { headers: { "x-request-id": id, connection: "close" } });
        expect(response.status).toBe(200);
        await response.arrayBuffer();
      }),
    );
  }
  return { child, url, ids };
};

const linesOf = (log: string): { requestId?: string; event?: string; clientId?: string }[] => {
  lookForSecrets(log);
  return log
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};

/** Stops the service, then reads its log. */
const missingLines = async ({ child, ids }: Unread): Promise<string[]> => {
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await sleep(200);
  const lines = linesOf(await text(child.stdout));
  expect((await exit)[0]).toBe(0);
  const logged = new Set(lines.map(({ requestId }) => requestId));
  return ids.filter((id) => !logged.has(id));
};

const stopUnread = async ({ child }: Unread): Promise<number> => {
  child.once("exit", () => watchForSecrets(child.stdout)); // node discards unread output when the process ends
  const end = once(child, "close");
  const start = performance.now();
  child.kill("SIGTERM");
  expect((await end)[0]).toBe(0);
  return performance.now() - start;
};

/** Reads the log of a service that is killed right after its response to a revocation. */
const revokeAndKill = async ({ child, url }: Unread) => {
  const token = await adminToken();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ name: "Shop", email: "shop@example.com" });
  const start = performance.now();
  const create = () => fetch(`${url}/accounts`, { method: "POST", headers, body });
  const created = await Promise.all(Array.from({ length: CONCURRENCY }, create));
  const createdAfterMs = performance.now() - start;
  expect(new Set(created.map(({ status }) => status))).toEqual(new Set([201]));
  const [id] = await Promise.all(created.map(async (response) => ((await response.json()) as { id: string }).id));
  const told = text(child.stderr);
  const revoking = fetch(`${url}/accounts/${id}/api-key`, { method: "DELETE", headers }).finally(() =>
    child.kill("SIGKILL"),
  );
  // Longer than a response that does not wait for its line, and far shorter than the maximum wait of 1 s.
  await sleep(100);
  const log = text(child.stdout);
  expect((await revoking).status).toBe(204);
  expect(await told).toBe("");
  expect(linesOf(await log)).toContainEqual(expect.objectContaining({ event: "api-key-revoked", clientId: id }));
  return createdAfterMs;
};

guarantee(
  {
    id: "log-behind",
    says: "A slow reader of the log loses no line and causes no long delay. The line of a revocation is written before its response. A stopping service writes its whole log. Without a reader, a change gets its response and the service ends within 3 s.",
    covers: "ASVS 5.0 16.3.3 / CWE-223, CWE-778",
    short: { rounds: 1 },
    long: { rounds: 10 },
  },
  async ({ rounds }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    let slowestStop = 0;
    let slowestChange = 0;
    for (let round = 1; round <= rounds; round++) {
      expect(await missingLines(await startUnread(database.url))).toEqual([]);
      slowestStop = Math.max(slowestStop, await stopUnread(await startUnread(database.url)));
      slowestChange = Math.max(slowestChange, await revokeAndKill(await startUnread(database.url)));
      progress(`${round} of ${rounds} rounds`);
    }
    expect(slowestStop).toBeLessThan(allowed(LIMIT_MS));
    expect(slowestChange).toBeLessThan(allowed(LIMIT_MS));
    const [change, stop] = [slowestChange, slowestStop].map(Math.round);
    return `${rounds * REQUESTS} of ${rounds * REQUESTS} lines after a stop; without a reader a change took at most ${change} ms, a stop ${stop} ms`;
  },
);
