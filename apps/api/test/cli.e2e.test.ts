import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { CLI, loadedScripts, runProgramIn } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService } from "../../../test/support/test-service.ts";
import { describeUnless } from "../../../test/support/unless.ts";
import { noTerminal, runOnTerminal } from "./support/run-on-terminal.ts";

/** Runs the built command as an operator does, in its own process. */
const run = (directory: string, variables: Record<string, string>, ...args: string[]) =>
  runProgramIn(directory, CLI, variables, ...args);

let directory: string;
let database: TestDatabase;
const cli = (...args: string[]) => run(directory, { DATABASE_URL: database.url, JWT_SECRET }, ...args);
const addClients = (count: number) =>
  database
    .knex("clients")
    .insert(
      Array.from({ length: count }, (_, index) => ({ id: `legacy-${index}`, name: "Old", email: "old@acme.example" })),
    );

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "payments-cli-"));
  await chmod(directory, 0o700);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("the command line", () => {
  it.each([[["--help"]], [["keys", "--help"]], [["keys", "backfill", "--help"]], [["migrate", "up", "--help"]]])(
    "prints help: %j",
    async (args) => {
      const { code, stdout } = await run(directory, {}, ...args);
      expect(code).toBe(0);
      expect(stdout).toContain("Usage: payments");
    },
  );

  it.each([[["--help"]], [["keys", "--help"]], [["--version"]], [["complete", "--", "keys", ""]]])(
    "loads neither the database's driver nor the HTTP server for %j",
    async (args) => {
      const folder = await mkdtemp(join(directory, "loaded-"));
      expect((await run(directory, { NODE_V8_COVERAGE: folder }, ...args)).code).toBe(0);
      const scripts = await loadedScripts(folder);
      expect(scripts).toContain("/commander/");
      expect(scripts).not.toMatch(/node_modules\/(knex|pg|koa|zod|jose|inversify)\//);
    },
  );

  it.each([[["payments"]], [["webhooks"]], [["completion"]], [["clients", "create"]], [["payments", "review"]], []])(
    "wraps its help at 80 columns: %j",
    async (command: readonly string[] = []) => {
      const { stdout } = await run(directory, {}, ...command, "--help");
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it("says that an unknown option is an argument", async () => {
    const { code, stderr } = await run(directory, {}, "payments", "list", "--client", "x");
    expect([code, stderr]).toEqual([
      2,
      "error: unknown option '--client'\n(The client is an argument: payments payments list [options] [client])\n",
    ]);
    const misspelled = await run(directory, {}, "payments", "list", "--limt", "1");
    expect(misspelled.stderr).toContain("(Did you mean --limit?)");
  });

  it.each([
    [["foo"], "error: unknown command 'foo'\n(`payments --help` lists the commands.)\n"],
    [
      ["keys", "rotat"],
      "error: unknown command 'rotat'\n(Did you mean rotate?)\n(`payments keys --help` lists the commands.)\n",
    ],
    [["keys", "rotate"], "error: missing required argument 'client'\nUsage: payments keys rotate [options] <client>\n"],
    [
      ["payments", "show", "pay_01j0000000e008000000000002"],
      "error: missing required argument 'client'\nUsage: payments payments show [options] <client> <payment>\n",
    ],
    [
      ["payments", "show", "acme"],
      "error: missing required argument 'payment'\nUsage: payments payments show [options] <client> <payment>\n",
    ],
    [
      ["reconcile"],
      "error: required option '--day <day>' not specified\nUsage: payments reconcile --day <day> [options]\n",
    ],
  ])("says what is wrong with %j, and how to call it", async (args, stderr) => {
    expect(await run(directory, {}, ...args)).toEqual({ code: 2, stdout: "", stderr });
  });

  it("shows the call of npm if npm started it", async () => {
    const { stderr } = await run(directory, { npm_lifecycle_event: "cli" }, "keys", "rotate");
    expect(stderr).toContain("Usage: npm run -s cli -- keys rotate [options] <client>\n");
  });

  it("prints its version", async () => {
    const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect(await run(directory, {}, "--version")).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  it("reports the kind of error by its exit code", async () => {
    const nowhere = { DATABASE_URL: "postgres://app@127.0.0.1:1/none", JWT_SECRET };
    expect((await run(directory, nowhere, "migrate", "sideways")).code).toBe(2);
    expect((await run(directory, { ...nowhere, JWT_SECRET: "short" }, "admin-token")).code).toBe(3);
    const unreachable = await run(directory, nowhere, "migrate", "status");
    expect(unreachable.code).toBe(4);
    expect(unreachable.stderr).toContain("could not be reached");
    expect(unreachable.stderr).not.toContain("    at ");
  });
});

describeUnless(noTerminal)("a message on a terminal (of util-linux's script)", () => {
  it.each([
    [["payments", "list", "--created-after", "yesterday"], {}],
    [["clients", "list"], { DATABASE_URL: "nonsense", API_KEY_PEPPER: "short", API_KEY_STORAGE: "x" }],
  ])("is broken between words at its width: %j", async (args, variables) => {
    const { screen } = await runOnTerminal(variables, args, {}, 80);
    const lines = screen.trimEnd().split("\r\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe("payments admin-token", () => {
  it("prints a token that the service accepts", async () => {
    database = await createTestDatabase();
    const service = await startService(database.url);
    const { stdout } = await cli("admin-token", "--subject", "ada", "--expires-in", "1m");
    const list = await service.request("GET", "/accounts", { headers: { authorization: `Bearer ${stdout.trim()}` } });
    expect(list.status).toBe(200);
    const { expiresAt, subject } = JSON.parse((await cli("admin-token", "--json")).stdout);
    expect(subject).toBe("operator");
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 3_500_000);
    expect(await cli("admin-token", "--expires-in", "2d")).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("JWT_MAX_LIFETIME_SECONDS"),
    });
    await service.stop();
    await database.drop();
  });
});

describe("payments migrate", () => {
  it("updates an empty database, and shows its state", async () => {
    database = await createTestDatabase({ migrated: false });
    const before = await cli("migrate", "status", "--json");
    expect(before.code).toBe(1);
    const { pending } = JSON.parse(before.stdout);
    expect(JSON.parse((await cli("migrate", "up", "--json")).stdout)).toEqual({ applied: pending });
    const after = await cli("migrate", "status", "--json");
    expect(after.code).toBe(0);
    expect(JSON.parse(after.stdout)).toEqual({ applied: pending, pending: [] });
    expect((await cli("migrate", "up")).stdout).toBe("Nothing to migrate.\n");
    await database.drop();
  });
});

describe("payments keys", () => {
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  it("backfill issues a working key to every client, in a file that only its owner can read, and none the second time", async () => {
    await addClients(25);
    const { code, stdout } = await cli("keys", "backfill", "--batch-size", "10", "--output", "keys.jsonl", "--json");
    const file = join(directory, "keys.jsonl");
    expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, issued: 25, file, revoked: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const issued = (await readFile(file, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(new Set(issued.map(({ clientId }) => clientId)).size).toBe(25);
    const service = await startService(database.url);
    for (const { clientId, apiKey } of issued.slice(0, 3)) {
      const me = await service.me(apiKey);
      expect(me.body.clientId).toBe(clientId);
    }
    await service.stop();
    expect((await cli("keys", "backfill")).stdout).toBe("Every client already has a key.\n");
    await cli("keys", "revoke", issued[0].clientId, "--yes");
    expect((await cli("keys", "backfill")).stdout).toBe(
      "Every other client already has a key.\nSkipped 1 client whose key was revoked. `keys rotate` issues a new key.\n",
    );
  });

  it("backfill does not overwrite a file", async () => {
    await addClients(1);
    await cli("keys", "backfill", "--output", "once.jsonl");
    await database.knex("clients").update({ api_key: null });
    const { code, stderr } = await cli("keys", "backfill", "--output", "once.jsonl");
    expect(code).toBe(1);
    expect(stderr).toContain("it already exists");
    expect((await database.knex("clients").whereNull("api_key")).length).toBe(1);
  });

  it("loads neither the HTTP server nor what calls other services", async () => {
    const folder = await mkdtemp(join(directory, "loaded-"));
    const variables = { DATABASE_URL: database.url, NODE_V8_COVERAGE: folder };
    expect((await run(directory, variables, "clients", "list")).code).toBe(0);
    const scripts = await loadedScripts(folder);
    expect(scripts).toMatch(/node_modules\/knex\//);
    expect(scripts).not.toMatch(/node_modules\/(koa|stripe|undici|prom-client)\//);
  });

  it("digest replaces keys in plain text, and they keep working", async () => {
    await addClients(3);
    const plain = { DATABASE_URL: database.unlogged.url, API_KEY_STORAGE: "plaintext" };
    await run(directory, plain, "keys", "backfill", "--output", "plain.jsonl");
    const [first] = (await readFile(join(directory, "plain.jsonl"), "utf8")).split("\n");
    const { clientId, apiKey } = JSON.parse(first ?? "");
    expect(await database.knex("clients").where({ id: clientId }).pluck("api_key")).toEqual([apiKey]);
    expect((await cli("keys", "digest")).stdout).toBe("Rewrote 3 keys.\n");
    expect(JSON.parse((await cli("keys", "digest", "--json")).stdout)).toEqual({ rewritten: 0 });
    const service = await startService(database.url);
    expect((await service.me(apiKey)).status).toBe(200);
    await service.stop();
  });
});
