import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { SeededApiKeys } from "@payments/domain/testing";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { freePort, listen } from "../../../test/support/free-port.ts";
import { CLI, type Outcome, runProgram, runProgramIn } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";

// Each command is a process.
jest.setTimeout(60_000);

const using = undoAfterEach();

const ROLE = `doctor_${randomBytes(4).toString("hex")}`;

interface Check {
  readonly status: string;
  readonly finding: string;
  readonly advice: string | null;
}

let database: TestDatabase;
const urlOf = (role: string) => Object.assign(new URL(database.url), { username: role, password: "secret" }).href;

const checksOf = ({ stdout }: Outcome): Record<string, Check> =>
  Object.fromEntries(
    JSON.parse(stdout).checks.map(({ check, ...found }: Check & { readonly check: string }) => [check, found]),
  );
const doctor = async (url = urlOf(ROLE), variables: Record<string, string> = {}) => {
  const outcome = await runProgram(CLI, { DATABASE_URL: url, JWT_SECRET, ...variables }, "doctor", "--json");
  const checks = checksOf(outcome);
  const faults = Object.keys(checks).filter((name) => checks[name]?.status === "fault");
  // The test server may run without fsync, which is a fault.
  expect(outcome.code).toBe(faults.length === 0 ? 0 : 1);
  return { checks, faults: faults.filter((name) => name !== "durability") };
};

beforeAll(async () => {
  database = await createTestDatabase();
  await database.knex.raw("create role ?? login password 'secret'", [ROLE]);
  const granted = await runProgram(CLI, { DATABASE_URL: database.url }, "migrate", "up", "--grant", ROLE);
  expect(granted).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await database.knex.raw("drop owned by ??", [ROLE]);
  await database.knex.raw("drop role ??", [ROLE]);
  await database.drop();
});

describe("payments doctor", () => {
  it("finds no fault in a service that follows the manual, and does not check .data/", async () => {
    const { faults, checks } = await doctor();
    expect(faults).toEqual([]);
    expect(Object.keys(checks)).toEqual([
      "configuration",
      "Node.js",
      "database",
      "encoding",
      "connection",
      "clock",
      "durability",
      "schema",
      "rights",
      "keys",
    ]);
    for (const name of ["configuration", "database", "clock", "schema", "rights", "keys"]) {
      expect({ name, status: checks[name]?.status }).toEqual({ name, status: "ok" });
    }
  });

  it("warns of a role that can change the schema", async () => {
    const { faults, checks } = await doctor(database.url);
    expect(faults).toEqual([]);
    expect(checks["rights"]).toMatchObject({ status: "warning", advice: expect.stringContaining("database-roles.md") });
  });

  it("reports missing rights, and how to grant them", async () => {
    await database.knex.raw("revoke insert on payments from ??", [ROLE]);
    await database.knex.raw("revoke select, update on clients from ??", [ROLE]);
    const { faults, checks } = await doctor();
    await runProgram(CLI, { DATABASE_URL: database.url }, "migrate", "up", "--grant", ROLE);
    expect(faults).toEqual(["rights"]);
    expect(checks["rights"]).toEqual({
      status: "fault",
      finding: `the role ${ROLE} lacks select on clients, update on clients, insert on payments`,
      advice: `Run \`migrate up --grant ${ROLE}\` as the owner of the schema.`,
    });
  });

  it("reports a server that may lose acknowledged payments", async () => {
    const { rows } = await database.knex.raw("show fsync");
    const { durability } = (await doctor()).checks;
    expect(durability?.status).toBe(rows[0].fsync === "off" ? "fault" : "ok");
  });

  it("warns of current and former keys in plain text", async () => {
    const keys = new SeededApiKeys();
    await database.unlogged.knex("clients").insert({
      id: "legacy",
      name: "Old",
      email: "old@acme.example",
      api_key: keys.generate().reveal(),
      former_api_key: keys.generate().reveal(),
    });
    const { faults, checks } = await doctor();
    await database.knex("clients").del();
    expect(faults).toEqual([]);
    expect(checks["keys"]).toEqual({
      status: "warning",
      finding: "2 keys are stored in plain text",
      advice: "Run `keys digest`: the keys keep working.",
    });
  });

  it("fetches the key set of admin tokens, and reports a server without one", async () => {
    let keys = '{"keys":[]}';
    const server = using(
      createServer((_, response) => response.end(keys)),
      (own) => own.close(),
    );
    const JWT_JWKS_URL = `http://127.0.0.1:${await listen(server)}/jwks`;
    const variables = { JWT_SECRET: "", JWT_JWKS_URL };
    const { faults, checks } = await doctor(urlOf(ROLE), variables);
    expect({ faults, check: checks["admin tokens"]?.status }).toEqual({ faults: [], check: "ok" });
    keys = "<html>";
    expect((await doctor(urlOf(ROLE), variables)).faults).toEqual(["admin tokens"]);
    const port = await freePort();
    const away = await doctor(urlOf(ROLE), { ...variables, JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks` });
    expect(away.checks["admin tokens"]).toMatchObject({
      status: "fault",
      finding: `the key set can't be fetched: connect ECONNREFUSED 127.0.0.1:${port}`,
      advice: expect.stringContaining("JWT_JWKS_URL"),
    });
  });

  it("reports a schema that is not up to date, and skips the checks that need it", async () => {
    const empty = await createTestDatabase({ migrated: false });
    const { faults, checks } = await doctor(empty.url);
    await empty.drop();
    expect(faults).toEqual(["schema"]);
    expect(checks["schema"]).toMatchObject({ status: "fault", finding: expect.stringContaining("0001-client-bucket") });
    expect(checks["rights"]).toMatchObject({ status: "skipped" });
  });

  it("reports a database that rejects the login, and what to do", async () => {
    const wrong = await doctor(Object.assign(new URL(database.url), { password: "wrong" }).href);
    expect(wrong.checks["database"]).toMatchObject({
      finding: expect.stringMatching(/^refused: .*password authentication failed/),
      advice: expect.stringContaining("user and password in DATABASE_URL"),
    });
  });

  it("reports a database that does not answer, and every fault of the configuration", async () => {
    const away = await doctor("postgres://app@127.0.0.1:1/none", { PORT: "many", LOG_LEVEL: "loud" });
    expect(away.faults).toEqual(["configuration", "database"]);
    expect(away.checks["database"]).toMatchObject({
      status: "fault",
      finding: expect.stringContaining("ECONNREFUSED"),
    });
    const lines = await runProgram(CLI, { DATABASE_URL: "nonsense", PORT: "many", LOG_LEVEL: "loud" }, "doctor");
    expect(lines.code).toBe(1);
    for (const name of ["DATABASE_URL", "PORT", "LOG_LEVEL", "JWT_SECRET"]) {
      expect(lines.stdout).toContain(`fault    configuration: ${name} `);
    }
    expect(lines.stdout).toContain("skipped  database");
  });

  it.each(["jwt-secret", "encryption-key"])(
    "reports that other users can read %s of the embedded database",
    async (file) => {
      const directory = await mkdtemp(join(tmpdir(), "payments-doctor-"));
      await mkdir(join(directory, ".data"));
      await writeFile(join(directory, ".data", file), randomBytes(32).toString("hex"), { mode: 0o644 });
      const outcome = await runProgramIn(directory, CLI, {}, "doctor", "--json");
      await rm(directory, { recursive: true });
      expect(outcome.code).toBe(1);
      expect(checksOf(outcome)[".data"]).toMatchObject({
        status: "fault",
        advice: expect.stringContaining(`chmod 600 .data/${file}`),
      });
    },
  );
});
