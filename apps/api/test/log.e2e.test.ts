import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { issueAdminToken } from "@payments/adapters-crypto";
import { freePort } from "../../../test/support/free-port.ts";
import { lookForSecrets, watchForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { MAIN } from "./support/run-program.ts";
import { JWT_SECRET } from "./support/test-service.ts";

const using = undoAfterEach();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const FULL = "/dev/full";
/** Their lines are more than what lies between two processes. */
const MANY = 3_000;
const AT_ONCE = 20;

/** The service as a process whose standard output nobody reads yet. */
const startUnread = async (stdout: "pipe" | number = "pipe"): Promise<{ child: ChildProcess; url: string }> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { PATH = "" } = process.env;
  const env = { PATH, DATABASE_URL: database.url, JWT_SECRET, PORT: String(port) };
  const child = using(spawn(process.execPath, [MAIN], { env, stdio: ["ignore", stdout, "pipe"] }), (own) =>
    own.kill("SIGKILL"),
  );
  const isUp = () =>
    fetch(`${url}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}`);
    await sleep(20);
  }
  return { child, url };
};

/** Answered requests, by the ids under which they stand in the log. */
const askMany = async (url: string): Promise<string[]> => {
  const ids = Array.from({ length: MANY }, (_, index) => `asked-${index}`);
  for (let at = 0; at < MANY; at += AT_ONCE) {
    await Promise.all(
      ids.slice(at, at + AT_ONCE).map(async (id) => {
        // No connection is kept that the service would wait for when it is stopped.
        const answer = await fetch(`${url}/livez`, { headers: { "x-request-id": id, connection: "close" } });
        expect(answer.status).toBe(200);
        await answer.arrayBuffer();
      }),
    );
  }
  return ids;
};

const linesOf = (log: string): { requestId?: string; event?: string; clientId?: string }[] => {
  lookForSecrets(log);
  return log
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};

describe("the log of the service", () => {
  it("is whole though its reader is behind when the service is stopped", async () => {
    const { child, url } = await startUnread();
    watchForSecrets(child.stderr);
    const ids = await askMany(url);
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await sleep(200);
    const lines = linesOf(await text(child.stdout as NonNullable<typeof child.stdout>));
    expect((await exit)[0]).toBe(0);
    const logged = new Set(lines.map(({ requestId }) => requestId));
    expect(ids.filter((id) => !logged.has(id))).toEqual([]);
  });

  it("keeps the service from its end for a moment only where nobody reads it", async () => {
    const { child, url } = await startUnread();
    watchForSecrets(child.stderr);
    await askMany(url);
    child.once("exit", () => watchForSecrets(child.stdout)); // before Node.js throws away what nobody has read
    const end = once(child, "close");
    child.kill("SIGTERM");
    expect((await end)[0]).toBe(0);
  });

  it("has the change of a key by the time that it is answered, however far its reader is behind", async () => {
    const { child, url } = await startUnread();
    watchForSecrets(child.stderr);
    await askMany(url);
    const token = await issueAdminToken({ secret: JWT_SECRET, subject: "ada", lifetimeSeconds: 60, now: new Date() });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ name: "Shop", email: "shop@example.com" });
    // Answered though nobody reads: a change is not held up by the log for longer than a moment.
    const create = () => fetch(`${url}/accounts`, { method: "POST", headers, body });
    const created = await Promise.all(Array.from({ length: AT_ONCE }, create));
    expect(new Set(created.map(({ status }) => status))).toEqual(new Set([201]));
    const [id] = await Promise.all(created.map(async (answer) => ((await answer.json()) as { id: string }).id));
    const told = text(child.stderr as NonNullable<typeof child.stderr>);
    const revoking = fetch(`${url}/accounts/${id}/api-key`, { method: "DELETE", headers }).finally(() =>
      child.kill("SIGKILL"),
    );
    // Long enough for an answer that does not wait for its line, and far from the second after which none waits.
    await sleep(100);
    const log = text(child.stdout as NonNullable<typeof child.stdout>);
    expect((await revoking).status).toBe(204);
    expect(await told).toBe("");
    const lines = linesOf(await log);
    expect(lines).toContainEqual(expect.objectContaining({ event: "api-key-revoked", clientId: id }));
  });

  (existsSync(FULL) ? it : it.skip)("does not end the service when it can't be written, and reports that", async () => {
    const { child, url } = await startUnread(openSync(FULL, "w"));
    const told = once(child.stderr as NonNullable<typeof child.stderr>, "data");
    watchForSecrets(child.stderr);
    expect(String((await told)[0])).toMatch(/^The log can't be written: ENOSPC.*The service continues/);
    await sleep(300);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect((await exit)[0]).toBe(0);
  });
});
