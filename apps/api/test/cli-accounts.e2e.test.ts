import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { hasTerminals, runOnTerminal } from "./support/run-on-terminal.ts";
import { CLI, runProgram } from "./support/run-program.ts";
import { JWT_SECRET, startService, type TestService } from "./support/test-service.ts";

let database: TestDatabase;
let directory: string;
const cli = (...args: string[]) => runProgram(CLI, { DATABASE_URL: database.url }, ...args);
const terminal = (args: string[], answers?: Record<string, string>) =>
  runOnTerminal({ DATABASE_URL: database.url, JWT_SECRET }, args, answers);
const json = async (...args: string[]) => JSON.parse((await cli(...args, "--json")).stdout);
const create = () => json("accounts", "create", "--name", "Acme", "--email", "ops@acme.example");

/** Does something with the service, and stops it: by then it has written which keys were used. */
const withService = async <Result>(work: (service: TestService) => Promise<Result>): Promise<Result> => {
  const service = await startService(database.url);
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
};
const use = (apiKey: string, times = 1) =>
  withService(async (service) => {
    const statuses: number[] = [];
    for (let time = 0; time < times; time++) {
      const headers = { "x-api-key": apiKey };
      statuses.push((await service.post("/payments/create", { amount: 1, currency: "EUR" }, headers)).status);
    }
    return statuses.every((status) => status === 201);
  });

// Many processes, one after the other.
jest.setTimeout(60_000);

beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), "payments-cli-"));
});
beforeEach(() => database.knex.raw("truncate clients, payments, api_key_usage"));
afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

describe("payments accounts", () => {
  it("create makes an account whose key works, and shows the key nowhere else", async () => {
    const made = await create();
    expect(made).toMatchObject({ name: "Acme", email: "ops@acme.example", status: "active" });
    expect(await use(made.apiKey)).toBe(true);
    for (const args of [
      ["accounts", "show", made.id],
      ["accounts", "list"],
      ["keys", "show", made.id],
    ]) {
      for (const { stdout } of [await cli(...args), await cli(...args, "--json")]) {
        expect(stdout).toContain(made.keyHint);
        expect(stdout).not.toContain(made.apiKey);
      }
    }
  });

  it("create --key-file writes the key for its owner alone and shows it nowhere", async () => {
    const file = join(directory, "key");
    const created = await cli("accounts", "create", "--name", "Acme", "--email", "a@acme.example", "--key-file", file);
    const apiKey = (await readFile(file, "utf8")).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(`${created.stdout}${created.stderr}`).not.toContain(apiKey);
    expect(await use(apiKey)).toBe(true);
    const again = await cli("accounts", "create", "--name", "B", "--email", "b@acme.example", "--key-file", file);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("it exists already");
    expect((await json("accounts", "list")).data).toHaveLength(1);
  });

  it("create leaves no file where no account was made", async () => {
    const file = join(directory, "unused");
    const args = ["accounts", "create", "--name", "Acme", "--email", "a@acme.example", "--key-file", file];
    const { code, stderr } = await runProgram(CLI, { DATABASE_URL: "postgres://app@127.0.0.1:1/none" }, ...args);
    expect(code).toBe(4);
    expect(stderr).toContain("Nothing was changed");
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("create says that nothing was changed where PostgreSQL refuses to log in", async () => {
    const DATABASE_URL = Object.assign(new URL(database.url), { password: "secret" }).href;
    const args = ["accounts", "create", "--name", "Acme", "--email", "a@acme.example"];
    const { code, stderr } = await runProgram(CLI, { DATABASE_URL }, ...args);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^PostgreSQL answered and refused: .*\nNothing was changed\. Check user and password in /);
  });

  it("create says where to look when the database was lost on the way: nobody knows the new account's id", async () => {
    await database.knex.raw(
      `create function end_session() returns trigger language plpgsql as
        'begin perform pg_terminate_backend(pg_backend_pid()); return new; end';
      create trigger lost before insert on clients for each row execute function end_session()`,
    );
    const { code, stdout, stderr } = await cli("accounts", "create", "--name", "Acme", "--email", "a@acme.example");
    await database.knex.raw("drop function end_session cascade");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(
      /^The database was lost on the way: .*\nThe change was made or not: look with `accounts list` /,
    );
  });

  it("show says of a key that was not used that no use is recorded", async () => {
    const { id, keyHint } = await create();
    expect((await cli("keys", "show", id)).stdout).toBe(`API key\t${keyHint}\nlast used\tno use recorded\n`);
  });

  it("list goes on where the page before ended, with tabs between the fields", async () => {
    const [first, second, third] = [await create(), await create(), await create()];
    const page = await json("accounts", "list", "--limit", "2");
    expect(page.data.map(({ id }: { id: string }) => id)).toEqual([third.id, second.id]);
    const { stdout } = await cli("accounts", "list", "--after", page.next);
    const createdAt = first.createdAt;
    expect(stdout).toBe(`${[first.id, "Acme", "ops@acme.example", "active", first.keyHint, createdAt].join("\t")}\n`);
  });

  it("list and show print no character that a terminal obeys, in a name as little as elsewhere", async () => {
    const { id } = await create();
    await database.knex("clients").update({ name: "A\u202Eemca\u001b[2J\u2028" });
    for (const args of [
      ["accounts", "list"],
      ["accounts", "show", id],
    ]) {
      const { stdout } = await cli(...args);
      expect(stdout).toContain("A\uFFFDemca\uFFFD[2J\uFFFD");
      expect(stdout).not.toMatch(/(?![\t\n])[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u);
    }
  });

  it("deactivate locks out at once, and activate lets in again", async () => {
    const { id, apiKey } = await create();
    expect(await json("accounts", "deactivate", id, "--yes")).toMatchObject({ id, status: "inactive" });
    expect(await use(apiKey)).toBe(false);
    expect(await json("accounts", "activate", id)).toMatchObject({ id, status: "active" });
    expect(await use(apiKey)).toBe(true);
  });

  it.each([
    [1, ["accounts", "show", "nobody"], "no such account"],
    [1, ["accounts", "list", "--after", "nobody"], "no such account"],
    [1, ["keys", "rotate", "nobody", "--yes"], "no such account"],
    [1, ["payments", "list", "nobody"], "no such account"],
    [2, ["accounts", "create", "--name", "Acme"], "--email is missing"],
    [2, ["accounts", "create", "--name", "Acme", "--email", "nowhere"], "must be an email address"],
    [2, ["accounts", "list", "--limit", "0"], "from 1 to 100"],
    [2, ["accounts", "show", "a b"], "must be the id of an account"],
    [2, ["keys", "rotate", "nobody", "--overlap", "25h"], "up to 1d"],
    [2, ["keys", "revoke", "nobody"], "add --yes"],
  ])("says what was wrong with exit code %i: %j", async (code, args, reason) => {
    const refused = await cli(...args);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code, stdout: "" });
    expect(refused.stderr).toContain(reason);
    expect(refused.stderr).not.toContain("    at ");
  });

  it("says what to do on a database that was never migrated", async () => {
    const empty = await createTestDatabase({ migrated: false });
    const { code, stderr } = await runProgram(CLI, { DATABASE_URL: empty.url }, "accounts", "list");
    await empty.drop();
    expect(code).toBe(1);
    expect(stderr).toMatch(/not up to date.*\n.*migrate up/);
  });
});

describe("payments keys", () => {
  it("carries a rotation through: both keys work, the use of each is seen, and the former one ends", async () => {
    const { id, apiKey, keyHint } = await create();
    expect(await use(apiKey, 2)).toBe(true);
    const before = await json("keys", "show", id);
    expect(before).toEqual({ accountId: id, keyHint, apiKeyLastUsedAt: expect.any(String), formerApiKey: null });

    const rotated = await json("keys", "rotate", id, "--overlap", "1h");
    expect(rotated.apiKey).not.toBe(apiKey);
    const { overlapEndsAt } = rotated;
    const lastUsedAt = before.apiKeyLastUsedAt;
    const unused = { keyHint, overlapEndsAt, lastUsedAt, uses: 0 };
    expect(await json("keys", "show", id)).toMatchObject({ apiKeyLastUsedAt: null, formerApiKey: unused });

    expect([await use(apiKey, 3), await use(rotated.apiKey)]).toEqual([true, true]);
    const during = await json("keys", "show", id);
    expect(during).toMatchObject({ apiKeyLastUsedAt: expect.any(String), formerApiKey: { keyHint, uses: 3 } });
    expect(Date.parse(during.formerApiKey.lastUsedAt)).toBeGreaterThan(Date.parse(lastUsedAt));

    await database.knex("clients").update({ former_api_key_ends_at: new Date(Date.now() - 1) });
    expect([await use(apiKey), await use(rotated.apiKey)]).toEqual([false, true]);
    expect(await json("keys", "show", id)).toMatchObject({ keyHint: rotated.keyHint, formerApiKey: null });
  });

  it("rotate without overlap asks first, and ends the former key at once", async () => {
    const { id, apiKey, keyHint } = await create();
    const refused = await cli("keys", "rotate", id);
    expect(refused.stderr).toContain(`the key ${keyHint} stops working at once`);
    expect(await use(apiKey)).toBe(true);
    const rotated = await json("keys", "rotate", id, "--yes");
    expect([await use(apiKey), await use(rotated.apiKey)]).toEqual([false, true]);
  });

  it("revoke ends both keys of an overlap", async () => {
    const { id, apiKey } = await create();
    const rotated = await json("keys", "rotate", id, "--overlap", "1h");
    expect(await json("keys", "revoke", id, "--yes")).toEqual({ accountId: id, keyHint: null });
    expect([await use(apiKey), await use(rotated.apiKey)]).toEqual([false, false]);
  });
});

(hasTerminals ? describe : describe.skip)("on a terminal (of util-linux's script)", () => {
  it("asks for what is missing, and shows the key once", async () => {
    const { code, screen } = await terminal(["accounts", "create"], {
      "Name: ": "Acme\r",
      "Email: ": "ops@acme.example\r",
    });
    expect(code).toBe(0);
    expect(screen).toMatch(/API key: pak_live_\w{49}\r\n/);
    expect((await json("accounts", "list")).data).toMatchObject([{ name: "Acme", email: "ops@acme.example" }]);
  });

  it.each([
    ["no", "n\r", "active", 1],
    ["nothing but Return", "\r", "active", 1],
    ["Ctrl-C", "\x03", "active", 1],
    ["Ctrl-D", "\x04", "active", 1],
    ["yes", "y\r", "inactive", 0],
  ])("asks before it locks a client out: after %s", async (_, answer, status, code) => {
    const { id } = await create();
    const asked = await terminal(["accounts", "deactivate", id], { "[y/N]": answer });
    expect({ code: asked.code, screen: asked.screen }).toEqual({
      code,
      screen: expect.stringContaining(code === 0 ? "is inactive" : "Nothing was changed."),
    });
    expect((await json("accounts", "show", id)).status).toBe(status);
  });

  it("aligns columns under a heading, and leaves out colour where NO_COLOR is set", async () => {
    const { id } = await create();
    const coloured = await terminal(["accounts", "list"]);
    expect(coloured.screen).toContain("\u001b[1mACCOUNT\u001b[22m");
    const plain = await runOnTerminal({ DATABASE_URL: database.url, NO_COLOR: "1" }, ["accounts", "list"]);
    const [heading = "", row = ""] = plain.screen.split("\r\n");
    expect(plain.screen).not.toContain("\u001b");
    expect(row.startsWith(id)).toBe(true);
    for (const [name, value] of [
      ["NAME", "Acme"],
      ["STATUS", "active"],
    ] as const) {
      expect(heading.indexOf(name)).toBe(row.indexOf(value));
    }
  });

  it("lets no text of a client move the cursor", async () => {
    const { id } = await create();
    await database.knex("clients").update({ name: "Acme\u001b[2J\u009b2J\r\nfake" });
    expect((await terminal(["accounts", "show", id])).screen).toContain("Acme\uFFFD[2J\uFFFD2J\uFFFD\uFFFDfake");
  });
});
