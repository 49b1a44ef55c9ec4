import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type EmbeddedPostgres, findRunningEmbeddedPostgres, startEmbeddedPostgres } from "@payments/embedded-postgres";
import { listen } from "../../../test/support/free-port.ts";
import { query, remove, scratchFolder, serverPid } from "./scratch.ts";

let folder: string;
let dataDir: string;
let running: EmbeddedPostgres | undefined;

beforeAll(() => {
  folder = scratchFolder();
  dataDir = join(folder, "postgres");
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});
afterAll(() => remove(folder));

const start = async (options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}) => {
  running = await startEmbeddedPostgres({ dataDir, ...options });
  return running;
};

const setting = async (name: string) => (await query(running?.url() ?? "", `SHOW ${name}`))[0]?.[name];

describe("startEmbeddedPostgres", () => {
  it("starts a server in an absent folder and keeps its data for the next start", async () => {
    const first = await start();
    await query(first.url(), "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();
    const second = await start();
    expect(await query(second.url(), "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    expect(second.log()).toContain("ready to accept connections");
  });

  it("returns the URL of any database", async () => {
    const { url } = await start();
    await query(url(), 'CREATE DATABASE "odd name"');
    expect(await query(url("odd name"), "SELECT current_database() AS name")).toEqual([{ name: "odd name" }]);
  });

  it("commits durably unless durable is false", async () => {
    await start();
    for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) expect(await setting(name)).toBe("on");
    await running?.stop();
    await start({ durable: false });
    for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) expect(await setting(name)).toBe("off");
  });

  it("overrides its defaults with PostgreSQL settings", async () => {
    await start();
    expect(await setting("shared_buffers")).toBe("256MB");
    await running?.stop();
    await start({ settings: { shared_buffers: "64MB", work_mem: "7MB" } });
    expect(await setting("shared_buffers")).toBe("64MB");
    expect(await setting("work_mem")).toBe("7MB");
  });

  it.each(["port", "listen_addresses", "fsync", "FSYNC"])(
    "rejects the setting %s, which has its own option",
    async (name) => {
      await expect(start({ settings: { [name]: "off" } })).rejects.toThrow(RangeError);
    },
  );

  it("listens only on the loopback address, on the given port", async () => {
    const { port } = await start();
    await running?.stop();
    await start({ port });
    expect(running?.port).toBe(port);
    const [outside] = Object.values(networkInterfaces()).flatMap(
      (all) => all?.filter(({ internal }) => !internal) ?? [],
    );
    const elsewhere = running?.url().replace("127.0.0.1", outside?.family === "IPv4" ? outside.address : "127.0.0.2");
    await expect(query(elsewhere ?? "", "SELECT 1")).rejects.toThrow("ECONNREFUSED");
    expect(await setting("unix_socket_directories")).toBe("");
  });

  it("requires a random password, which only its owner can read", async () => {
    const { url } = await start();
    const file = `${dataDir}.password`;
    const password = readFileSync(file, "utf8").trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(new URL(url()).password).toBe(password);
    await expect(query(url().replace(password, "wrong"), "SELECT 1")).rejects.toThrow("password authentication failed");
    await running?.stop();

    const other = join(folder, "other");
    running = await startEmbeddedPostgres({ dataDir: other, durable: false });
    expect(new URL(running.url()).password).not.toBe(password);
  });

  it("replaces a lost password file", async () => {
    const before = new URL((await start()).url()).password;
    await running?.stop();
    rmSync(`${dataDir}.password`);
    const { url } = await start();
    expect(new URL(url()).password).not.toBe(before);
    expect(await query(url(), "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  it("does not pass our environment, which has secrets, to the server", async () => {
    await start();
    const environment = readFileSync(`/proc/${serverPid(dataDir)}/environ`, "utf8");
    expect(environment).toContain("LC_ALL=C");
    expect(environment).not.toContain("PATH=");
  });

  it("can be stopped repeatedly", async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(existsSync(join(dataDir, "postmaster.pid"))).toBe(false);
    await expect(query(server.url(), "SELECT 1")).rejects.toThrow("ECONNREFUSED");
  });

  it("leaves only the password file beside the data directory", () => {
    expect(readdirSync(folder).sort()).toEqual(["other", "other.password", "postgres", "postgres.password"]);
  });
});

describe("A server that is not shared", () => {
  it("is hidden from other processes, whose starts wait until it ends", async () => {
    const first = await start({ shared: false });
    await query(first.url(), "CREATE TABLE IF NOT EXISTS turns (n int)");
    expect(findRunningEmbeddedPostgres(dataDir)).toBeNull();
    const second = startEmbeddedPostgres({ dataDir });
    await query(first.url(), "INSERT INTO turns SELECT 1 FROM pg_sleep(0.3)");
    await first.stop();
    running = await second;
    expect(await query(running.url(), "SELECT n FROM turns")).toEqual([{ n: 1 }]);
  });

  it("takes turns with concurrent starts, none of which fails", async () => {
    const takeTurn = async (n: number) => {
      const server = await startEmbeddedPostgres({ dataDir, shared: false });
      try {
        await query(server.url(), `INSERT INTO turns VALUES (${n})`);
      } finally {
        await server.stop();
      }
    };
    await Promise.all([2, 3, 4, 5].map(takeTurn));
    await start();
    expect(await query(running?.url() ?? "", "SELECT n FROM turns ORDER BY n")).toEqual(
      [1, 2, 3, 4, 5].map((n) => ({ n })),
    );
  });
});

describe("findRunningEmbeddedPostgres", () => {
  it("finds the running server of a data directory, and none before or after", async () => {
    expect(findRunningEmbeddedPostgres(dataDir)).toBeNull();
    const { url } = await start();
    expect(findRunningEmbeddedPostgres(dataDir)).toBe(url());
    expect(findRunningEmbeddedPostgres(dataDir, "another")).toBe(url("another"));
    await running?.stop();
    expect(findRunningEmbeddedPostgres(dataDir)).toBeNull();
    expect(findRunningEmbeddedPostgres(join(folder, "absent"))).toBeNull();
  });
});

describe("A start fails", () => {
  it("if another server uses the data directory, and names its process", async () => {
    await start();
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      new RegExp(`PostgreSQL \\(process \\d+, started by process ${process.pid}\\) is already running in ${dataDir}`),
    );
  });

  it("if another start wins at the same moment, also in a new folder", async () => {
    const contested = join(folder, "contested");
    const starts = [1, 2].map(() => startEmbeddedPostgres({ dataDir: contested, durable: false }));
    const outcomes = await Promise.allSettled(starts);
    const [winner] = outcomes.filter((outcome) => outcome.status === "fulfilled");
    const [loser] = outcomes.filter((outcome) => outcome.status === "rejected");
    running = winner?.value;
    expect(String(loser?.reason)).toMatch(/already running|Is another postmaster/);
    expect(await query(running?.url() ?? "", "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("if the port is taken, with PostgreSQL's message", async () => {
    const taken = createServer();
    await expect(start({ port: await listen(taken) })).rejects.toThrow(
      /did not start.*could not bind IPv4 address "127.0.0.1"/s,
    );
    taken.close();
  });

  it("if a setting is invalid, with PostgreSQL's message", async () => {
    await expect(start({ settings: { shared_buffers: "many" } })).rejects.toThrow(
      'invalid value for parameter "shared_buffers": "many"',
    );
  });

  it("if the folder has other files, and keeps them", async () => {
    const photos = join(folder, "photos");
    mkdirSync(photos);
    writeFileSync(join(photos, "cat.jpg"), "meow");
    await expect(startEmbeddedPostgres({ dataDir: photos })).rejects.toThrow("is not a PostgreSQL data directory");
    expect(readdirSync(photos)).toEqual(["cat.jpg"]);
  });

  it("but not because of a stale pid file with another process's id", async () => {
    await start();
    await running?.stop();
    const other = spawn("sleep", ["60"], process.getuid?.() === 0 ? statSync(dataDir) : {});
    const lines = [other.pid, dataDir, 1_700_000_000, running?.port, "", "127.0.0.1", "", "ready"];
    writeFileSync(join(dataDir, "postmaster.pid"), `${lines.join("\n")}\n`);
    expect(findRunningEmbeddedPostgres(dataDir)).toBeNull();
    const { url } = await start();
    expect(await query(url(), "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    other.kill();
  });
});
