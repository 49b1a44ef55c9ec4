import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
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
const linesOf = (text: string) =>
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

/** The stored events of a client, oldest first, as `audit list` prints them. */
const storedEvents = async (...filter: string[]) => {
  const { code, stdout } = await cli("audit", "list", "--json", ...filter);
  expect(code).toBe(0);
  return JSON.parse(stdout).data.toReversed();
};

const EVENTS = [
  ["client-created", { keyHint: expect.any(String) }],
  ["client-updated", { fields: ["status"], status: "inactive" }],
  ["client-updated", { fields: ["status"], status: "active" }],
  ["api-key-rotated", { keyHint: expect.any(String), overlapEndsAt: expect.any(String) }],
  ["api-key-revoked", { keyHint: expect.any(String), formerKeyHint: expect.any(String) }],
] as const;

describe("a command that changes a client or key", () => {
  it("stores one event with the change, by the user on this host, and logs it to stderr, without the key", async () => {
    const created = await cli(...CREATE, "--json");
    const { id, apiKey } = JSON.parse(created.stdout);
    const logged = [created.stderr];
    for (const args of [
      ["clients", "deactivate", id, "--yes"],
      ["clients", "activate", id],
      ["keys", "rotate", id, "--overlap", "1h"],
      ["keys", "revoke", id, "--yes"],
    ]) {
      const { code, stderr } = await cli(...args);
      expect([args, code]).toEqual([args, 0]);
      logged.push(stderr);
    }
    const user = userInfo().username;
    const stored = await storedEvents(id);
    expect(stored).toEqual(
      EVENTS.map(([type, details], index) =>
        expect.objectContaining({
          type,
          clientId: id,
          sequence: index + 1,
          actor: { type: "operator", user, host: hostname() },
          details: expect.objectContaining(details),
        }),
      ),
    );
    expect(logged.flatMap(linesOf)).toEqual(
      EVENTS.map(([event, details]) =>
        expect.objectContaining({ event, ...details, clientId: id, user, time: expect.any(String) }),
      ),
    );
    expect(logged.join("") + JSON.stringify(stored)).not.toContain(apiKey);
  });

  it("stores and logs no event without a change", async () => {
    const { code, stderr } = await cli("keys", "revoke", "nobody", "--yes");
    expect(code).toBe(1);
    expect(stderr).not.toContain("event");
    expect(await storedEvents("nobody")).toEqual([]);
  });

  it("stores one event for each key that keys backfill issues, whatever the batch size", async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `client-${index}`);
    await database
      .knex("clients")
      .insert(ids.map((id) => ({ id, name: id, email: `${id}@example.com`, status: "active" })));
    const output = join(directory, "keys.jsonl");
    expect(await cli("keys", "backfill", "--output", output, "--batch-size", "2")).toMatchObject({ code: 0 });
    const events: { clientId: string; type: string }[] = await storedEvents();
    const issued = events.filter(({ clientId }) => ids.includes(clientId));
    expect(issued.map(({ clientId, type }) => [clientId, type]).sort()).toEqual(
      ids.map((id) => [id, "api-key-issued"]),
    );
  });

  itUnless(noTerminal)("logs no event to a terminal", async () => {
    const { screen } = await runOnTerminal(variables, CREATE);
    expect(screen).toContain("Created client");
    expect(screen).not.toContain("client-created");
  });
});

describe("clients create --idempotency-key", () => {
  const create = (...args: string[]) => cli(...CREATE, "--idempotency-key", "order-1", ...args);

  it("creates one client, and shows its key only once", async () => {
    const first = JSON.parse((await create("--json")).stdout);
    expect(first.apiKey).toMatch(/^pak_live_/);
    const repeated = await create("--json");
    expect(JSON.parse(repeated.stdout)).toEqual({ ...first, apiKey: null });
    expect(repeated.stderr).toBe("");
    expect((await create()).stdout).toContain(`Client ${first.id} exists already.`);
    expect(await storedEvents(first.id)).toHaveLength(1);
  });

  it("fails for another name, and says what to do", async () => {
    await create();
    const { code, stderr } = await create("--mode", "test");
    expect(code).toBe(1);
    expect(stderr).toContain("Use a new key for a new client.");
  });
});

describe("audit verify", () => {
  it("succeeds, and fails with the place once an event is altered or deleted by hand", async () => {
    const { id } = JSON.parse((await cli(...CREATE, "--json")).stdout);
    await cli("keys", "revoke", id, "--yes");
    expect(await cli("audit", "verify")).toMatchObject({ code: 0, stdout: expect.stringMatching(/are complete\.\n$/) });
    await database.knex.raw("alter table audit_events disable trigger user");
    await database.knex("audit_events").where({ client_id: id, sequence: 2 }).update({ details: "{}" });
    expect(await cli("audit", "verify")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`Event 2 of client ${id} is altered.`),
    });
    await database.knex("audit_events").where({ client_id: id, sequence: 2 }).del();
    const { code, stdout } = await cli("audit", "verify", "--json");
    expect({ code, faults: JSON.parse(stdout).faults }).toEqual({
      code: 1,
      faults: [{ clientId: id, sequence: 2, fault: "missing" }],
    });
  });
});
