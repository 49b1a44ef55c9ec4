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
import { query, remove, scratchFolder, serverPid } from "./scratch.ts";
import { buildPackage, installIn, spawnStarter } from "./starter.ts";

const ORDINARY = 65_534;

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
const asRoot = isRoot ? describe : describe.skip;

asRoot("Root", () => {
  it("has an unprivileged account run the server", async () => {
    const dataDir = join(home, "postgres");
    await start(dataDir);
    expect(uidOf(serverPid(dataDir))).not.toBe(0);
    expect(statSync(dataDir).uid).toBe(uidOf(serverPid(dataDir)));
    expect(statSync(`${dataDir}.password`).uid).toBe(0);
  });

  it("runs the server as the owner of a data directory that is there already", async () => {
    const dataDir = join(home, "postgres");
    chownSync(home, ORDINARY, ORDINARY);
    const starter = spawnStarter(dataDir, { script: installIn(folder), uid: ORDINARY });
    await starter.hear();
    await starter.kill("SIGKILL");
    await start(dataDir);
    expect(uidOf(serverPid(dataDir))).toBe(ORDINARY);
  });

  it("keeps the data where the account can reach it, behind a link, when the folder is closed to it", async () => {
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
  const ordinary = () => (isRoot ? { script: installIn(folder), uid: ORDINARY } : {});

  it("runs the server as itself", async () => {
    const dataDir = join(home, "postgres");
    if (isRoot) chownSync(home, ORDINARY, ORDINARY);
    const starter = spawnStarter(dataDir, ordinary());
    expect(await starter.hear()).toHaveProperty("url");
    expect(uidOf(serverPid(dataDir))).toBe(isRoot ? ORDINARY : process.getuid?.());
    await starter.kill("SIGKILL");
  });

  it("is told whose data directory it is, when it is another's", async () => {
    const starter = spawnStarter("/root", ordinary());
    expect((await starter.hear())["error"]).toMatch(/^\/root belongs to user 0, this process runs as user \d+$/);
    await starter.kill("SIGKILL");
  });
});
