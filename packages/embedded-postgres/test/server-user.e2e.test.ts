import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type EmbeddedPostgres, findRunningEmbeddedPostgres, startEmbeddedPostgres } from "@payments/embedded-postgres";
import { describeUnless } from "../../../test/support/unless.ts";
import { query, remove, scratchFolder, serverPid } from "./scratch.ts";
import { buildPackage, installIn, spawnStarter } from "./starter.ts";

const ORDINARY_UID = 65_534;

let folder: string;
let home: string;
let running: EmbeddedPostgres | undefined;

beforeAll(() => {
  buildPackage();
  folder = scratchFolder();
});
beforeEach(() => {
  home = mkdtempSync(join(folder, "home-"));
  chmodSync(home, 0o755);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  const dataDir = join(home, "postgres");
  if (existsSync(dataDir) && lstatSync(dataDir).isSymbolicLink()) await remove(realpathSync(dataDir));
});
afterAll(() => remove(folder));

const start = async (dataDir: string) => {
  running = await startEmbeddedPostgres({ dataDir, durable: false });
  return running;
};

const uidOf = (pid: number): number => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

const isRoot = process.getuid?.() === 0;

describeUnless(isRoot ? undefined : "the tests do not run as root")("Root", () => {
  it("runs the server as an unprivileged user", async () => {
    const dataDir = join(home, "postgres");
    await start(dataDir);
    expect(uidOf(serverPid(dataDir))).not.toBe(0);
    expect(statSync(dataDir).uid).toBe(uidOf(serverPid(dataDir)));
    expect(statSync(`${dataDir}.password`).uid).toBe(0);
  });

  it("runs the server as the owner of an existing data directory", async () => {
    const dataDir = join(home, "postgres");
    chownSync(home, ORDINARY_UID, ORDINARY_UID);
    const starter = spawnStarter(dataDir, { script: installIn(folder), uid: ORDINARY_UID });
    await starter.nextMessage();
    await starter.kill("SIGKILL");
    await start(dataDir);
    expect(uidOf(serverPid(dataDir))).toBe(ORDINARY_UID);
  });

  it("keeps the data behind a link where the server's user can reach it, if that user cannot enter the folder", async () => {
    const dataDir = join(home, "postgres");
    chmodSync(home, 0o700);
    const { url } = await start(dataDir);
    await query(url(), "CREATE TABLE kept AS SELECT 42 AS answer");
    expect(lstatSync(dataDir).isSymbolicLink()).toBe(true);
    expect(realpathSync(dataDir)).toMatch(/^\/var\/lib\/embedded-postgres\/postgres-/);
    expect(findRunningEmbeddedPostgres(dataDir)).toBe(url());
    await running?.stop();
    await start(dataDir);
    expect(await query(running?.url() ?? "", "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });
});

describe("An ordinary user", () => {
  const ordinary = () => (isRoot ? { script: installIn(folder), uid: ORDINARY_UID } : {});

  it("runs the server as itself", async () => {
    const dataDir = join(home, "postgres");
    if (isRoot) chownSync(home, ORDINARY_UID, ORDINARY_UID);
    const starter = spawnStarter(dataDir, ordinary());
    expect(await starter.nextMessage()).toHaveProperty("url");
    expect(uidOf(serverPid(dataDir))).toBe(isRoot ? ORDINARY_UID : process.getuid?.());
    await starter.kill("SIGKILL");
  });

  it("gets an error with the owner of another user's data directory", async () => {
    const starter = spawnStarter("/root", ordinary());
    expect((await starter.nextMessage())["error"]).toMatch(
      /^\/root belongs to user 0, but this process runs as user \d+\./,
    );
    await starter.kill("SIGKILL");
  });
});
