import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { freePort } from "../../../test/support/free-port.ts";
import { MAIN } from "../../../test/support/run-program.ts";
import { watchForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { itUnless } from "../../../test/support/unless.ts";

const using = undoAfterEach();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const FULL = "/dev/full";

/** Starts the service as a process whose stdout is on a full disk. */
const startOnFullDisk = async (): Promise<{ child: ChildProcess; url: string }> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { PATH = "" } = process.env;
  const env = { PATH, DATABASE_URL: database.url, JWT_SECRET, PORT: String(port) };
  const child = using(spawn(process.execPath, [MAIN], { env, stdio: ["ignore", openSync(FULL, "w"), "pipe"] }), (own) =>
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

describe("the log of the service", () => {
  itUnless(existsSync(FULL) ? undefined : `the system has no ${FULL}`)(
    "does not end the service when it can't be written, and reports that",
    async () => {
      const { child, url } = await startOnFullDisk();
      const reported = once(child.stderr as NonNullable<typeof child.stderr>, "data");
      watchForSecrets(child.stderr);
      expect(String((await reported)[0])).toMatch(/^The log can't be written: ENOSPC.*The service continues/);
      await sleep(300);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      expect((await exit)[0]).toBe(0);
    },
  );
});
