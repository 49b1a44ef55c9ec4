import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { createAuthority, createCertificate } from "../../../test/support/certificates.ts";
import { listen } from "../../../test/support/free-port.ts";
import { CLI, MAIN, runProgram, runProgramIn } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startTlsFront } from "../../../test/support/tls-front.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";

const using = undoAfterEach();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The output of a failed start. */
const start = (url: string, variables: Record<string, string> = {}) =>
  runProgram(MAIN, { DATABASE_URL: url, JWT_SECRET, PORT: "0", ...variables });

const changed = (parts: Partial<URL>): string => Object.assign(new URL(database.url), parts).href;

/** Two lines: what happened and what to do; never a stack, never the password. */
const told = (what: string, toDo: string) =>
  expect.stringMatching(new RegExp(`^${what}[^\\n]*\\n[^\\n]*${toDo}[^\\n]*\\n$`));

it.each([
  ["nothing listens there", () => "postgres://app:secret@127.0.0.1:1/payments", "ECONNREFUSED"],
  ["the host is unknown", () => "postgres://app:secret@nowhere.invalid/payments", ".*nowhere.invalid"],
  ["it speaks no TLS", () => changed({ search: "?sslmode=require" }), "The server does not support SSL connections"],
])("reports that the database can't be reached, and why: %s", async (_, url, reason) => {
  const { code, stdout, stderr } = await start(url());
  expect({ code, stdout, stderr }).toEqual({
    code: 4,
    stdout: "",
    stderr: told(`The database could not be reached: .*${reason}`, "DATABASE_URL"),
  });
  expect(stderr).not.toContain("secret");
});

it.each([
  [
    "the password is wrong",
    { password: "secret" },
    "password authentication failed",
    "user and password in DATABASE_URL",
  ],
  ["the database does not exist", { pathname: "/nowhere" }, '"nowhere" does not exist', "Create the database"],
])("reports that PostgreSQL rejected the login, and why: %s", async (_, parts, reason, toDo) => {
  const { code, stdout, stderr } = await start(changed(parts));
  expect({ code, stdout, stderr }).toEqual({
    code: 4,
    stdout: "",
    stderr: told(`PostgreSQL answered and refused: .*${reason}`, toDo),
  });
  expect(stderr).not.toContain("secret");
});

it("reports that the database's certificate is not trusted, and what to do", async () => {
  const certificate = await createCertificate("localhost", await createAuthority("unknown"));
  const front = using(await startTlsFront(database.url, certificate), ({ close }) => close());
  const url = changed({ hostname: "localhost", port: String(front.port), search: "?sslmode=verify-full" });
  expect(await start(url)).toEqual({
    code: 4,
    stdout: "",
    stderr: told("The certificate of the database is not trusted: unable to verify", "sslrootcert"),
  });
});

it("reports a database whose encoding lacks characters, at the start and in the commands that check or migrate it", async () => {
  const latin = using(await createTestDatabase({ migrated: false, encoding: "LATIN1" }), (created) => created.drop());
  const refused = {
    code: 1,
    stdout: "",
    stderr: told("The database has the encoding LATIN1, and must have UTF8\\.", "createdb --encoding UTF8"),
  };
  expect(await start(latin.url)).toEqual(refused);
  expect(await start(latin.url, { MIGRATE_ON_START: "false" })).toEqual(refused);
  expect(await runProgram(CLI, { DATABASE_URL: latin.url }, "migrate", "up")).toEqual(refused);
  const doctor = await runProgram(CLI, { DATABASE_URL: latin.url, JWT_SECRET }, "doctor");
  expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/^fault {4}encoding: LATIN1/m) });
});

it.each([
  ["the generated secret in .data/ is damaged", {}, ".data/jwt-secret", "delete it, and a new one is created"],
  ["the generated secret in .data/ is empty", {}, ".data/jwt-secret", "delete it, and a new one is created"],
  ["the generated key in .data/ is damaged", {}, ".data/encryption-key", "restore it, or delete it"],
  [".data is a file", {}, ".data", "Set DATABASE_URL, or start in a folder"],
  [".data is a file, and only the database needs it", { JWT_SECRET }, ".data", "Set DATABASE_URL, or start in"],
])("names the file when %s", async (fault, variables: Record<string, string>, file, toDo) => {
  const directory = using(await mkdtemp(join(tmpdir(), "payments-faults-")), (path) => rm(path, { recursive: true }));
  if (file !== ".data") await mkdir(join(directory, ".data"));
  await writeFile(join(directory, file), fault.endsWith("damaged") ? "cut off" : "");
  expect(await runProgramIn(directory, MAIN, { PORT: "0", ...variables })).toEqual({
    code: 3,
    stdout: "",
    stderr: told("The configuration is invalid:", `${join(directory, file)} [^\\n]*${toDo}`),
  });
});

it("rejects arguments, and points to the variables", async () => {
  const outcome = await runProgram(MAIN, { DATABASE_URL: database.url, JWT_SECRET }, "--jwt-secret=canary", "nonsense");
  expect(outcome).toEqual({
    code: 2,
    stdout: "",
    stderr: told("The service takes no arguments, but was given --jwt-secret\\. ", "docs/reference/configuration.md"),
  });
});

it("reports that its port is taken", async () => {
  const other = using(createServer(), (server) => server.close());
  const PORT = String(await listen(other));
  const taken = (variable: string) => ({
    code: 1,
    stdout: expect.anything(),
    stderr: expect.stringMatching(
      new RegExp(`^[^\\n]*:${PORT}: another program listens on it[^\\n]* set ${variable}\\.\\n$`),
    ),
  });
  expect(await start(database.url, { PORT })).toEqual(taken("PORT"));
  expect(await start(database.url, { METRICS_PORT: PORT })).toEqual(taken("METRICS_PORT"));
});

it.each([
  ["an unknown name", "nowhere.invalid", "that name has no address"],
  ["an address of another machine", "192.0.2.1", "which is not an address of this machine"],
])("reports in one sentence that HOST is %s", async (_, HOST, reason) => {
  const { code, stderr } = await start(database.url, { HOST });
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: expect.stringMatching(new RegExp(`^HOST is ${HOST}[^\\n]*${reason}[^\\n]*127\\.0\\.0\\.1[^\\n]*\\n$`)),
  });
});
