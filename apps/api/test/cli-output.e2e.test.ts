import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { lookForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { describeUnless } from "../../../test/support/unless.ts";

// Each command is a process.
jest.setTimeout(60_000);

/** A file on a disk that is full. */
const FULL = "/dev/full";
const CREATE = ["clients", "create", "--name", "Acme", "--email", "ops@acme.example"];
const KEY_IS_LOST = /^The new key of client cli_[0-9a-z]{26} can't be shown, and is stored nowhere: rotate it.$/m;

let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), "payments-output-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
  await database.drop();
});

const cli = (variables: Record<string, string>, ...args: string[]) =>
  runProgram(CLI, { DATABASE_URL: database.url, ...variables }, ...args);

/** A command whose standard output, or standard error, goes to a full disk. */
const cliInto = (full: "stdout" | "stderr", ...args: string[]) => {
  const handle = openSync(FULL, "w");
  const { PATH = "" } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    env: { PATH, DATABASE_URL: database.url },
    stdio: full === "stdout" ? ["ignore", handle, "pipe"] : ["ignore", "pipe", handle],
    encoding: "utf8",
  });
  closeSync(handle);
  if (stderr !== null) lookForSecrets(stderr);
  return { code: status, stdout: stdout ?? "", stderr: stderr ?? "" };
};

const createClient = async (): Promise<string> => JSON.parse((await cli({}, ...CREATE, "--json")).stdout).id;

const KEY = /^API key: pak_live_\w{40,}/m;

describeUnless(existsSync(FULL) ? undefined : `the system has no ${FULL}`)("a command where the disk is full", () => {
  it("shows the new key when stderr can't be written, and fails", async () => {
    const { code, stdout } = cliInto("stderr", "keys", "rotate", await createClient(), "--yes");
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(KEY) });
  });

  it.each([
    ["clients create", async () => CREATE],
    ["keys rotate", async () => ["keys", "rotate", await createClient(), "--yes"]],
  ])("%s reports that the new key is lost when it can't be shown, and what to do", async (_, argsOf) => {
    const { code, stderr } = cliInto("stdout", ...(await argsOf()));
    expect(code).toBe(1);
    expect(stderr).toMatch(KEY_IS_LOST);
    expect(stderr).toContain("The output can't be written: no space left on device.\n");
    expect(stderr).not.toContain("    at ");
  });

  it("does not report a key in a file as lost", async () => {
    const file = join(directory, "shown-elsewhere");
    const { code, stderr } = cliInto("stdout", ...CREATE, "--key-file", file);
    expect(code).toBe(1);
    expect(stderr).not.toContain("stored nowhere");
    expect(await readFile(file, "utf8")).toMatch(/^pak_live_/);
  });

  it.each(["clients list", "payments export"])(
    "%s reports in one line that its output can't be written",
    async (command) => {
      const client = await createClient();
      const args = command.split(" ");
      const { code, stderr } = cliInto("stdout", ...args, ...(command === "payments export" ? [client] : []));
      expect({ code, stderr }).toEqual({ code: 1, stderr: "The output can't be written: no space left on device.\n" });
    },
  );
});

it("reports a new key as lost when its reader is gone", async () => {
  const args = ["keys", "rotate", await createClient(), "--yes"];
  const { PATH = "" } = process.env;
  const script = '"$0" "$@" | true; exit "$PIPESTATUS"';
  const { status, stderr } = spawnSync("bash", ["-c", script, process.execPath, CLI, ...args], {
    env: { PATH, DATABASE_URL: database.url },
    encoding: "utf8",
  });
  lookForSecrets(stderr);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(KEY_IS_LOST) });
});

it.each(["", "ada\nbob", "ada\u202e", "ada\u200dbob"])("admin-token rejects the subject %j", async (subject) => {
  const { code, stderr } = await cli(
    { JWT_SECRET: "0123456789abcdef0123456789abcdef" },
    "admin-token",
    "--subject",
    subject,
  );
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("1 to 255 printable characters") });
});
