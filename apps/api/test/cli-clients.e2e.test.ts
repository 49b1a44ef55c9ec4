import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { describeUnless } from "../../../test/support/unless.ts";
import { noTerminal, runOnTerminal } from "./support/run-on-terminal.ts";

let database: TestDatabase;
let directory: string;
const cli = (...args: string[]) => runProgram(CLI, { DATABASE_URL: database.url }, ...args);
const terminal = (args: string[], answers?: Record<string, string>) =>
  runOnTerminal({ DATABASE_URL: database.url, JWT_SECRET }, args, answers);
const json = async (...args: string[]) => JSON.parse((await cli(...args, "--json")).stdout);
const create = () => json("clients", "create", "--name", "Acme", "--email", "ops@acme.example");

/** Runs `work` with a service and stops it; stopping writes the recorded uses of keys. */
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
      statuses.push(
        (await service.request("POST", "/payments/create", { body: { amount: 1, currency: "EUR" }, headers })).status,
      );
    }
    return statuses.every((status) => status === 201);
  });

// Each command is a process.
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

describe("payments clients", () => {
  it("create prints a key that works, and no other command shows it", async () => {
    const made = await create();
    expect(made).toMatchObject({ name: "Acme", email: "ops@acme.example", status: "active" });
    expect(await use(made.apiKey)).toBe(true);
    for (const args of [
      ["clients", "show", made.id],
      ["clients", "list"],
      ["keys", "show", made.id],
    ]) {
      for (const { stdout } of [await cli(...args), await cli(...args, "--json")]) {
        expect(stdout).toContain(made.keyHint);
        expect(stdout).not.toContain(made.apiKey);
      }
    }
  });

  it("create --key-file writes the key to a file that only its owner can read, and does not print it", async () => {
    const file = join(directory, "key");
    const created = await cli("clients", "create", "--name", "Acme", "--email", "a@acme.example", "--key-file", file);
    const apiKey = (await readFile(file, "utf8")).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(`${created.stdout}${created.stderr}`).not.toContain(apiKey);
    expect(await use(apiKey)).toBe(true);
    const again = await cli("clients", "create", "--name", "B", "--email", "b@acme.example", "--key-file", file);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("it already exists");
    expect((await json("clients", "list")).data).toHaveLength(1);
  });

  it("create leaves no key file when no client was created", async () => {
    const file = join(directory, "unused");
    const args = ["clients", "create", "--name", "Acme", "--email", "a@acme.example", "--key-file", file];
    const { code, stderr } = await runProgram(CLI, { DATABASE_URL: "postgres://app@127.0.0.1:1/none" }, ...args);
    expect(code).toBe(4);
    expect(stderr).toContain("Nothing was changed");
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("create reports that nothing was changed when PostgreSQL rejects the login", async () => {
    const DATABASE_URL = Object.assign(new URL(database.url), { password: "secret" }).href;
    const args = ["clients", "create", "--name", "Acme", "--email", "a@acme.example"];
    const { code, stderr } = await runProgram(CLI, { DATABASE_URL }, ...args);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^PostgreSQL answered and refused: .*\nNothing was changed\. Check user and password in /);
  });

  it("create names the command to check with when the connection to the database was lost", async () => {
    await database.knex.raw(
      `create function end_session() returns trigger language plpgsql as
        'begin perform pg_terminate_backend(pg_backend_pid()); return new; end';
      create trigger lost before insert on clients for each row execute function end_session()`,
    );
    const { code, stdout, stderr } = await cli("clients", "create", "--name", "Acme", "--email", "a@acme.example");
    await database.knex.raw("drop function end_session cascade");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(
      /^The connection to the database was lost: .*\nThe change may have been made: check with `clients list` /,
    );
  });

  it("show reports no recorded use for an unused key", async () => {
    const { id, keyHint } = await create();
    expect((await cli("keys", "show", id)).stdout).toBe(`API key\t${keyHint}\nlast used\tno use recorded\n`);
  });

  it("show has the account of a connected client at its processor", async () => {
    const { id } = await create();
    expect((await cli("clients", "show", id)).stdout).not.toContain("processor account");
    await database
      .knex("clients")
      .where({ id })
      .update({ processor_account: "acct_1", processor_charges_enabled: true });
    expect((await cli("clients", "show", id)).stdout).toContain("processor account\tacct_1\ncharges enabled\tyes\n");
  });

  it("list continues after the previous page, with tabs between the fields", async () => {
    const [first, second, third] = [await create(), await create(), await create()];
    const page = await json("clients", "list", "--limit", "2");
    expect(page.data.map(({ id }: { id: string }) => id)).toEqual([third.id, second.id]);
    const { stdout } = await cli("clients", "list", "--after", page.next);
    const createdAt = first.createdAt;
    expect(stdout).toBe(
      `${[first.id, "Acme", "ops@acme.example", "live", "active", first.keyHint, createdAt].join("\t")}\n`,
    );
  });

  it("list and show print no character of a name that a terminal obeys", async () => {
    const { id } = await create();
    await database.knex("clients").update({ name: "A\u202Eemca\u001b[2J\u2028" });
    for (const args of [
      ["clients", "list"],
      ["clients", "show", id],
    ]) {
      const { stdout } = await cli(...args);
      expect(stdout).toContain("A\uFFFDemca\uFFFD[2J\uFFFD");
      expect(stdout).not.toMatch(/(?![\t\n])[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u);
    }
  });

  it("deactivate rejects the key at once, and activate accepts it again", async () => {
    const { id, apiKey } = await create();
    expect(await json("clients", "deactivate", id, "--yes")).toMatchObject({ id, status: "inactive" });
    expect(await use(apiKey)).toBe(false);
    expect(await json("clients", "activate", id)).toMatchObject({ id, status: "active" });
    expect(await use(apiKey)).toBe(true);
  });

  it("update changes the name and the email address, each on its own, and records the changed fields", async () => {
    const { id } = await create();
    const renamed = await cli("clients", "update", id, "--name", "Acme Ltd", "--json");
    expect(JSON.parse(renamed.stdout)).toMatchObject({ id, name: "Acme Ltd", email: "ops@acme.example" });
    expect(JSON.parse(renamed.stderr)).toMatchObject({ event: "client-updated", clientId: id, fields: ["name"] });
    const { stdout } = await cli("clients", "update", id, "--email", "new@acme.example");
    expect(stdout).toMatch(/^name\tAcme Ltd\nemail\tnew@acme\.example$/m);
  });

  it("update changes the fee, which the client's next payment has", async () => {
    const { id, apiKey } = await json(
      "clients",
      "create",
      ...["--name", "Acme"],
      "--email",
      "a@b.example",
      "--mode=test",
    );
    const changed = await cli("clients", "update", id, "--fee-basis-points", "250", "--fee-fixed", "30");
    expect(changed.stdout).toMatch(/^fee\t250 basis points and 30 in minor units$/m);
    expect((await cli("clients", "show", (await create()).id)).stdout).toMatch(/^fee\tnone$/m);
    expect(await json("clients", "show", id)).toMatchObject({ fee: { basisPoints: 250, fixed: 30 } });
    const paid = await withService((service) =>
      service.pay(apiKey, { body: { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa" } }),
    );
    expect(paid.body).toMatchObject({ status: "succeeded", fee: 55 });
  });

  it.each([
    [1, ["clients", "update", "nobody", "--name", "Acme"], "no such client"],
    [2, ["clients", "update", "nobody"], "add --name, --email or a fee"],
    [2, ["clients", "update", "nobody", "--fee-fixed", "30"], "add both --fee-basis-points and --fee-fixed"],
    [2, ["clients", "update", "nobody", "--fee-basis-points", "10001", "--fee-fixed", "0"], "from 0 to 10000"],
    [2, ["clients", "update", "nobody", "--fee-basis-points", "2.5", "--fee-fixed", "0"], "an integer of at least 0"],
    [2, ["clients", "update", "nobody", "--email", "nowhere"], "must be an email address"],
    [1, ["clients", "show", "nobody"], "no such client"],
    [1, ["clients", "list", "--after", "nobody"], "no such client"],
    [1, ["keys", "rotate", "nobody", "--yes"], "no such client"],
    [1, ["payments", "list", "nobody"], "no such client"],
    [2, ["clients", "create", "--name", "Acme"], "--email is missing"],
    [2, ["clients", "create", "--name", "Acme", "--email", "nowhere"], "must be an email address"],
    [2, ["clients", "list", "--limit", "0"], "from 1 to 100"],
    [2, ["clients", "show", "a b"], "must be the id of a client"],
    [2, ["keys", "rotate", "nobody", "--overlap", "25h"], "up to 1d"],
    [2, ["keys", "revoke", "nobody"], "add --yes"],
  ])("reports the error with exit code %i: %j", async (code, args, reason) => {
    const refused = await cli(...args);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code, stdout: "" });
    expect(refused.stderr).toContain(reason);
    expect(refused.stderr).not.toContain("    at ");
  });

  it("reports what to do when the database was never migrated", async () => {
    const empty = await createTestDatabase({ migrated: false });
    const { code, stderr } = await runProgram(CLI, { DATABASE_URL: empty.url }, "clients", "list");
    await empty.drop();
    expect(code).toBe(1);
    expect(stderr).toMatch(/not up to date.*\n.*migrate up/);
  });
});

describe("payments keys", () => {
  it("rotates with overlap: both keys work, each use is recorded, and the former key ends", async () => {
    const { id, apiKey, keyHint } = await create();
    expect(await use(apiKey, 2)).toBe(true);
    const before = await json("keys", "show", id);
    const lastUsedAt = expect.any(String);
    expect(before).toEqual({
      clientId: id,
      keyHint,
      apiKeyLastUsedAt: lastUsedAt,
      formerApiKey: null,
      endedApiKey: null,
    });

    const rotated = await json("keys", "rotate", id, "--overlap", "1h");
    expect(rotated.apiKey).not.toBe(apiKey);
    const { overlapEndsAt } = rotated;
    const unused = { keyHint, overlapEndsAt, lastUsedAt: before.apiKeyLastUsedAt, uses: 0 };
    expect(await json("keys", "show", id)).toMatchObject({ apiKeyLastUsedAt: null, formerApiKey: unused });

    expect([await use(apiKey, 3), await use(rotated.apiKey)]).toEqual([true, true]);
    const during = await json("keys", "show", id);
    expect(during).toMatchObject({ apiKeyLastUsedAt: expect.any(String), formerApiKey: { keyHint, uses: 3 } });
    expect(Date.parse(during.formerApiKey.lastUsedAt)).toBeGreaterThan(Date.parse(before.apiKeyLastUsedAt));

    await database.knex("clients").update({ former_api_key_ends_at: new Date(Date.now() - 1) });
    expect([await use(apiKey), await use(rotated.apiKey)]).toEqual([false, true]);
    expect(await json("keys", "show", id)).toMatchObject({ keyHint: rotated.keyHint, formerApiKey: null });
  });

  it("rejects a rotation during an overlap, and ends the former key only when asked", async () => {
    const { id, apiKey, keyHint } = await create();
    const second = await json("keys", "rotate", id, "--overlap", "1h");
    const rejected = await cli("keys", "rotate", id, "--overlap", "1h");
    expect([rejected.code, rejected.stderr]).toEqual([1, expect.stringContaining("Add --end-former")]);
    expect([await use(apiKey), await use(second.apiKey)]).toEqual([true, true]);
    expect(await json("keys", "end-former", id)).toEqual({ clientId: id, formerKeyHint: keyHint });
    expect([await use(apiKey), await use(second.apiKey)]).toEqual([false, true]);
    expect(await json("keys", "end-former", id)).toEqual({ clientId: id, formerKeyHint: null });

    await json("keys", "rotate", id, "--overlap", "1h");
    const fourth = await json("keys", "rotate", id, "--overlap", "1h", "--end-former");
    expect([await use(second.apiKey), await use(fourth.apiKey)]).toEqual([false, true]);
  });

  it("rotate without overlap asks first and ends the former key at once", async () => {
    const { id, apiKey, keyHint } = await create();
    const refused = await cli("keys", "rotate", id);
    expect(refused.stderr).toContain(`the key ${keyHint} stops working at once`);
    expect(await use(apiKey)).toBe(true);
    const rotated = await json("keys", "rotate", id, "--yes");
    expect([await use(apiKey), await use(rotated.apiKey)]).toEqual([false, true]);
  });

  it("revoke ends both keys during an overlap", async () => {
    const { id, apiKey } = await create();
    const rotated = await json("keys", "rotate", id, "--overlap", "1h");
    expect(await json("keys", "revoke", id, "--yes")).toEqual({ clientId: id, keyHint: null });
    expect([await use(apiKey), await use(rotated.apiKey)]).toEqual([false, false]);
    const shown = await json("keys", "show", id);
    expect(shown).toMatchObject({ keyHint: null, endedApiKey: { keyHint: rotated.keyHint } });
    expect((await cli("keys", "show", id)).stdout).toContain(rotated.keyHint);
  });
});

describeUnless(noTerminal)("on a terminal (of util-linux's script)", () => {
  it("prompts for missing values and shows the key once", async () => {
    const { code, screen } = await terminal(["clients", "create"], {
      "Name: ": "Acme\r",
      "Email: ": "ops@acme.example\r",
    });
    expect(code).toBe(0);
    expect(screen).toMatch(/API key: pak_live_\w{49}\r\n/);
    expect((await json("clients", "list")).data).toMatchObject([{ name: "Acme", email: "ops@acme.example" }]);
  });

  it.each([
    ["no", "n\r", "active", 1],
    ["nothing but Return", "\r", "active", 1],
    ["Ctrl-C", "\x03", "active", 1],
    ["Ctrl-D", "\x04", "active", 1],
    ["yes", "y\r", "inactive", 0],
  ])("asks before it deactivates a client: answer %s", async (_, answer, status, code) => {
    const { id } = await create();
    const asked = await terminal(["clients", "deactivate", id], { "[y/N]": answer });
    expect({ code: asked.code, screen: asked.screen }).toEqual({
      code,
      screen: expect.stringContaining(code === 0 ? "is inactive" : "Nothing was changed."),
    });
    expect((await json("clients", "show", id)).status).toBe(status);
  });

  it("aligns columns under a heading, without colour when NO_COLOR is set", async () => {
    const { id } = await create();
    const coloured = await terminal(["clients", "list"]);
    expect(coloured.screen).toContain("\u001b[1mCLIENT\u001b[22m");
    const plain = await runOnTerminal({ DATABASE_URL: database.url, NO_COLOR: "1" }, ["clients", "list"]);
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

  it("says that there are no rows", async () => {
    const { id } = await create();
    expect((await terminal(["webhooks", "list", id])).screen).toBe("None.\r\n");
    expect((await cli("webhooks", "list", id)).stdout).toBe("");
  });

  it("shows no progress where there is nothing to do", async () => {
    await create();
    const { screen } = await terminal(["keys", "digest"]);
    expect(screen).toBe("No key is stored in plain text.\r\n");
  });

  it("prints a block per row where the columns are wider than the terminal", async () => {
    const { id } = await create();
    const variables = { DATABASE_URL: database.url, NO_COLOR: "1" };
    const listed = await runOnTerminal(variables, ["clients", "list"], {}, 80);
    const lines = listed.screen.trimEnd().split("\r\n");
    expect(lines.slice(0, 5)).toEqual([
      `CLIENT   ${id}`,
      "NAME     Acme",
      "EMAIL    ops@acme.example",
      "MODE     live",
      "STATUS   active",
    ]);
    const wide = await runOnTerminal(variables, ["clients", "list"], {}, 200);
    expect(wide.screen).toMatch(/^CLIENT +NAME +EMAIL/);
  });

  it("prints no text of a client that moves the cursor", async () => {
    const { id } = await create();
    await database.knex("clients").update({ name: "Acme\u001b[2J\u009b2J\r\nfake" });
    expect((await terminal(["clients", "show", id])).screen).toContain("Acme\uFFFD[2J\uFFFD2J\uFFFD\uFFFDfake");
  });
});
