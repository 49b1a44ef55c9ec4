import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createLoggedEmbedded, searchEmbeddedLog } from "../../../test/support/embedded-log.ts";
import { CLI, runProgramIn } from "../../../test/support/run-program.ts";

let directory: string;
const cli = (...args: string[]) => runProgramIn(directory, CLI, {}, ...args);
const create = (name: string) => cli("clients", "create", "--name", name, "--email", "ops@acme.example", "--json");

// Each command is a process, and most of them start and stop a database.
jest.setTimeout(120_000);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "payments-commands-"));
  // When the tests run as root, PostgreSQL runs as another user.
  await chmod(directory, 0o755);
  await createLoggedEmbedded(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 }));

describe("commands on the embedded database, without the service", () => {
  afterAll(async () => {
    expect(await searchEmbeddedLog(directory)).toMatch(/insert into .?clients/i);
  });

  it("run at once and take turns on the database", async () => {
    expect(await cli("migrate", "up")).toMatchObject({ code: 0, stderr: "" });
    const names = ["A", "B", "C", "D"];
    const created = await Promise.all(names.map(create));
    expect(created.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { data } = JSON.parse((await cli("clients", "list", "--json")).stdout);
    expect(data.map(({ name }: { name: string }) => name).sort()).toEqual(names);
  });

  it("name the file of the database's password when it is wrong, and work again without the file", async () => {
    const file = join(directory, ".data", "postgres.password");
    const password = await readFile(file, "utf8");
    await writeFile(file, "");
    const empty = await cli("clients", "list");
    expect(empty).toMatchObject({ code: 1, stdout: "" });
    expect(empty.stderr).toMatch(`${file} is empty. Delete it to get a new password.\n`);
    await writeFile(file, password.toLowerCase());
    const other = await cli("clients", "list");
    expect(other).toMatchObject({ code: 4, stdout: "" });
    expect(other.stderr).toContain(`\nDelete ${file}, which holds a wrong password`);
    expect(other.stderr).not.toContain("DATABASE_URL");
    await rm(file);
    expect((await cli("clients", "list")).stdout.split("\n")).toHaveLength(5);
  });
});
