import { chmodSync, existsSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { findRunningEmbeddedPostgres, startEmbeddedPostgres } from "@payments/embedded-postgres";
import { until } from "../../../test/support/until.ts";
import { alive, parentOf, query, remove, scratchFolder, serverPid } from "./scratch.ts";
import { buildPackage, type Starter, spawnStarter } from "./starter.ts";

let folder: string;
let dataDir: string;
let starter: Starter;

beforeAll(() => {
  buildPackage();
  folder = scratchFolder();
  dataDir = join(folder, "postgres");
});
beforeEach(() => {
  starter = spawnStarter(dataDir);
});
afterEach(async () => {
  await starter.kill("SIGKILL");
  await until("the server has ended", () => !isRunning(dataDir));
});
afterAll(() => remove(folder));

/** Whether the server of the pid file is running. It removes the file just before it ends. */
const isRunning = (directory: string): boolean => {
  try {
    return alive(serverPid(directory));
  } catch {
    return false;
  }
};

const BATCH = 1000;
let batches = 0;

const commitBatch = async (url: string): Promise<void> => {
  await query(url, "CREATE TABLE IF NOT EXISTS kept (id int)");
  await query(url, `INSERT INTO kept SELECT generate_series(1, ${BATCH})`);
  batches += 1;
};

/** Waits for the end, because a killed server counts as running until then. */
const killServer = async (): Promise<void> => {
  const pid = serverPid(dataDir);
  process.kill(pid, "SIGKILL");
  await until("the server has ended", () => !alive(pid));
};

const restartsWithAllBatches = async (): Promise<void> => {
  const postgres = await startEmbeddedPostgres({ dataDir });
  try {
    const rows = await query(postgres.url(), "SELECT count(*)::int AS rows FROM kept");
    expect(rows).toEqual([{ rows: batches * BATCH }]);
  } finally {
    await postgres.stop();
  }
};

describe("Committed data survives kill -9", () => {
  it("of the server", async () => {
    const { url = "" } = await starter.nextMessage();
    await commitBatch(url);
    await killServer();
    await restartsWithAllBatches();
  });

  it("of the server during a statement, whose backend does not keep running", async () => {
    const { url = "" } = await starter.nextMessage();
    await commitBatch(url);
    const busy = query(url, "SELECT sum(n) FROM generate_series(1, 2e7) AS n").catch(() => "cut off");
    await until("the statement runs", async () => {
      const [row] = await query(
        url,
        "SELECT count(*)::int AS busy FROM pg_stat_activity WHERE query LIKE 'SELECT sum%'",
      );
      return row?.["busy"] === 1;
    });
    await killServer();
    await restartsWithAllBatches();
    await busy;
  });

  it("of the starter: the server stops on its own, and a new start succeeds at once", async () => {
    const { url = "" } = await starter.nextMessage();
    await commitBatch(url);
    await starter.kill("SIGKILL");
    await restartsWithAllBatches();
  });

  it("of the supervisor: the server keeps serving until the next start stops it", async () => {
    const { url = "" } = await starter.nextMessage();
    await commitBatch(url);
    process.kill(parentOf(serverPid(dataDir)), "SIGKILL");
    await commitBatch(url);
    await starter.kill("SIGKILL");
    await restartsWithAllBatches();
  });

  it("of server, supervisor and starter at once", async () => {
    const { url = "" } = await starter.nextMessage();
    await commitBatch(url);
    const server = serverPid(dataDir);
    for (const pid of [parentOf(server), server, starter.pid]) process.kill(pid, "SIGKILL");
    await restartsWithAllBatches();
  });
});

describe("A starter", () => {
  it("that is killed stops its server", async () => {
    await starter.nextMessage();
    const server = serverPid(dataDir);
    await starter.kill("SIGKILL");
    await until("the server has stopped", () => !existsSync(join(dataDir, "postmaster.pid")) && !alive(server), 10_000);
  });

  it("that has no more work ends and stops its server", async () => {
    const other = join(folder, "other");
    const exiting = spawnStarter(other, { exitsAtOnce: true });
    const { url = "" } = await exiting.nextMessage();
    expect(url).toMatch(/^postgres:/);
    expect(await exiting.exited()).toBe(0);
    await until("the server has stopped", () => !existsSync(join(other, "postmaster.pid")), 10_000);
  });

  it("that gets SIGTERM can use the database until it stops the server", async () => {
    await starter.nextMessage();
    const server = serverPid(dataDir);
    await starter.kill("SIGTERM");
    expect(await starter.nextMessage()).toEqual({ answer: "still here" });
    expect(alive(server)).toBe(false);
  });

  it("can stop its server after the supervisor was killed", async () => {
    await starter.nextMessage();
    const server = serverPid(dataDir);
    process.kill(parentOf(server), "SIGKILL");
    await starter.kill("SIGTERM");
    expect(await starter.nextMessage()).toEqual({ answer: "still here" });
    expect(alive(server)).toBe(false);
  });

  it("gets an error if another process runs the server, and can use that server", async () => {
    const { url } = await starter.nextMessage();
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(`started by process ${starter.pid}`);
    expect(findRunningEmbeddedPostgres(dataDir)).toBe(url);
  });

  it.each([0, 100, 250])(
    "that is killed %i ms into its first initdb leaves no incomplete data directory",
    async (delay) => {
      const home = mkdtempSync(join(folder, "first-"));
      chmodSync(home, 0o755);
      const first = spawnStarter(join(home, "postgres"));
      await until("initdb runs", () => readdirSync(home).some((name) => name.includes(".initdb-")));
      await sleep(delay);
      await first.kill("SIGKILL");
      expect(readdirSync(home)).not.toContain("postgres");

      const postgres = await startEmbeddedPostgres({ dataDir: join(home, "postgres") });
      expect(await query(postgres.url(), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
      await postgres.stop();
      // The killed starter's initdb can still be running. A start after its end removes its files.
      await until("only the data directory and its password are left", async () => {
        await (await startEmbeddedPostgres({ dataDir: join(home, "postgres") })).stop();
        return readdirSync(home).length === 2;
      });
      expect(readdirSync(home).sort()).toEqual(["postgres", "postgres.password"]);
    },
  );
});
