import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { itUnless } from "../../../test/support/unless.ts";
import { noTerminal, runOnTerminal } from "./support/run-on-terminal.ts";

let database: TestDatabase;
let directory: string;
let variables: Record<string, string>;
const cli = (...args: string[]) => runProgram(CLI, variables, ...args);
const eventsIn = (text: string) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const CREATE = ["clients", "create", "--name", "Acme", "--email", "ops@acme.example"];

// Each command is a process.
jest.setTimeout(60_000);

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.knex.raw("truncate clients, payments, api_key_usage");
  directory = await mkdtemp(join(tmpdir(), "payments-audit-"));
  variables = { DATABASE_URL: database.url };
});
afterEach(() => rm(directory, { recursive: true }));
afterAll(() => database.drop());

/** Makes each change once, and returns the events that each wrote. */
const changeAll = async (read: (stderr: string) => Promise<string> | string) => {
  const created = await cli(...CREATE, "--json");
  const { id, apiKey } = JSON.parse(created.stdout);
  const written = [await read(created.stderr)];
  for (const args of [
    ["clients", "deactivate", id, "--yes"],
    ["clients", "activate", id],
    ["keys", "rotate", id, "--overlap", "1h"],
    ["keys", "revoke", id, "--yes"],
  ]) {
    const { code, stderr } = await cli(...args);
    expect([args, code]).toEqual([args, 0]);
    written.push(await read(stderr));
  }
  return { id, apiKey, written };
};

const EVENTS = [
  { event: "client-created", keyHint: expect.any(String) },
  { event: "client-updated", fields: ["status"], status: "inactive" },
  { event: "client-updated", fields: ["status"], status: "active" },
  { event: "api-key-rotated", keyHint: expect.any(String), overlapEndsAt: expect.any(String) },
  { event: "api-key-revoked", keyHint: expect.any(String), formerKeyHint: expect.any(String) },
];

describe("a command that changes a client or key", () => {
  it("writes one event to stderr, with client and user but without the key", async () => {
    const { id, apiKey, written } = await changeAll((stderr) => stderr);
    const user = userInfo().username;
    expect(written.flatMap(eventsIn)).toEqual(
      EVENTS.map((event) => expect.objectContaining({ ...event, clientId: id, user, time: expect.any(String) })),
    );
    expect(written.join("")).not.toContain(apiKey);
  });

  it("appends the event to AUDIT_FILE instead, which only its owner can read", async () => {
    const file = join(directory, "audit.jsonl");
    variables["AUDIT_FILE"] = file;
    const { id, written } = await changeAll((stderr) => stderr);
    expect(written.join("")).toBe("");
    expect(eventsIn(await readFile(file, "utf8"))).toEqual(
      EVENTS.map((event) => expect.objectContaining({ ...event, clientId: id })),
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("changes nothing when AUDIT_FILE can't be written, and reports it", async () => {
    variables["AUDIT_FILE"] = join(directory, "none", "audit.jsonl");
    const { code, stderr } = await cli(...CREATE);
    expect(code).toBe(3);
    expect(stderr).toContain("AUDIT_FILE");
    expect(stderr).toContain("Nothing was changed.");
    expect(await database.knex("clients")).toEqual([]);
  });

  it("writes no event without a change", async () => {
    const { code, stderr } = await cli("keys", "revoke", "nobody", "--yes");
    expect(code).toBe(1);
    expect(stderr).not.toContain("event");
  });

  it("writes one event for each key that keys backfill issues, whatever the batch size", async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `client-${index}`);
    await database
      .knex("clients")
      .insert(ids.map((id) => ({ id, name: id, email: `${id}@example.com`, status: "active" })));
    const output = join(directory, "keys.jsonl");
    const { code, stderr } = await cli("keys", "backfill", "--output", output, "--batch-size", "2");
    expect(code).toBe(0);
    const events = eventsIn(stderr);
    expect(events.map(({ clientId }) => clientId).toSorted()).toEqual(ids);
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(["api-key-issued"]));
  });

  itUnless(noTerminal)("writes no event to a terminal", async () => {
    const { screen } = await runOnTerminal(variables, CREATE);
    expect(screen).toContain("Created client");
    expect(screen).not.toContain("client-created");
  });
});
