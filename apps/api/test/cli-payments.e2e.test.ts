import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { watchForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService } from "../../../test/support/test-service.ts";
import { itUnless } from "../../../test/support/unless.ts";
import { noTerminal, runOnTerminal } from "./support/run-on-terminal.ts";

const COUNT = 2_345;

let database: TestDatabase;
let directory: string;
const cli = (...args: string[]) => runProgram(CLI, { DATABASE_URL: database.url }, ...args);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "payments-cli-"));
  database = await createTestDatabase();
  await database.knex("clients").insert([
    { id: "acme", name: "Acme", email: "ops@acme.example" },
    { id: "other", name: "Other", email: "ops@other.example" },
  ]);
  await database.knex.raw(
    `insert into payments (bucket, client_id, id, amount, currency, description, metadata, created_at)
      select client_bucket('acme'), 'acme', ('019b7ca9-8f2e-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, 'EUR', 'Invoice ' || n,
        json_build_object('n', n::text), '2026-01-02T03:04:05.678Z' from generate_series(1, ?::int) n`,
    [COUNT],
  );
  await database.knex("payments").insert([
    {
      bucket: database.knex.raw("client_bucket('other')"),
      client_id: "other",
      id: "01900000-0000-7000-8000-000000000001",
      amount: 5,
      currency: "EUR",
      description: '=HYPERLINK("http://x"), "quoted"\nand a line',
      metadata: JSON.stringify({ 'k"': "=v" }),
      created_at: "2026-01-02T03:04:05.678Z",
    },
    {
      bucket: database.knex.raw("client_bucket('other')"),
      client_id: "other",
      id: "01900000-0000-7000-8000-000000000002",
      amount: 99_999_999_999,
      currency: "KWD",
      idempotency_key: "order-1",
      created_at: "2026-01-02T03:04:05.678Z",
    },
  ]);
});
afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

describe("payments payments", () => {
  it("list shows amounts in the major unit, and continues after the previous page", async () => {
    const { stdout } = await cli("payments", "list", "other");
    const [first, second] = stdout.split("\n").map((line) => line.split("\t"));
    expect(first?.[1]).toBe("99999999.999 KWD");
    expect(second?.slice(1)).toEqual([
      "0.05 EUR",
      "0.00 EUR",
      "0.00 EUR",
      "created",
      "2026-01-02T03:04:05.678Z",
      '=HYPERLINK("http://x"), "quoted"\uFFFDand a line',
    ]);
    const page = JSON.parse((await cli("payments", "list", "acme", "--limit", "1", "--json")).stdout);
    const next = JSON.parse((await cli("payments", "list", "acme", "--after", page.next, "--json")).stdout);
    expect([page.data[0].amount, next.data[0].amount, next.data.length]).toEqual([COUNT, COUNT - 1, 20]);
  });

  it("show prints one payment as the API does, but not for another client", async () => {
    const id = "pay_01j0000000e008000000000002";
    expect(JSON.parse((await cli("payments", "show", "other", id, "--json")).stdout)).toEqual({
      id,
      clientId: "other",
      mode: "live",
      amount: 99_999_999_999,
      currency: "KWD",
      description: null,
      metadata: {},
      status: "created",
      capture: null,
      amountCaptured: 0,
      amountRefunded: 0,
      amountDisputed: 0,
      fee: 0,
      nextAction: null,
      failure: null,
      createdAt: "2026-01-02T03:04:05.678Z",
    });
    const others = await cli("payments", "show", "other", id.replace(/2$/, "3"));
    expect({ code: others.code, stdout: others.stdout }).toEqual({ code: 1, stdout: "" });
    expect(others.stderr).toContain("no such payment");
  });

  it("export writes every payment once, newest first, as JSON lines", async () => {
    const { code, stdout, stderr } = await cli("payments", "export", "acme", "--format", "jsonl");
    const amounts = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).amount);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(amounts).toEqual(Array.from({ length: COUNT }, (_, index) => COUNT - index));
  });

  it("export writes CSV with quotes and line breaks escaped, and formulas disabled", async () => {
    expect((await cli("payments", "export", "other")).stdout).toBe(
      [
        "id,clientId,mode,amount,currency,description,metadata,status,amountCaptured,amountRefunded,amountDisputed,fee,createdAt",
        "pay_01j0000000e008000000000002,other,live,99999999999,KWD,,{},created,0,0,0,0,2026-01-02T03:04:05.678Z",
        `pay_01j0000000e008000000000001,other,live,5,EUR,"'=HYPERLINK(""http://x""), ""quoted""\nand a line","{""k\\"""":""=v""}",created,0,0,0,0,2026-01-02T03:04:05.678Z`,
        "",
      ].join("\n"),
    );
  });

  it("list and export without a client cover all clients", async () => {
    const listed = JSON.parse((await cli("payments", "list", "--limit", "100", "--json")).stdout);
    const { stdout } = await cli("payments", "export", "--format", "jsonl");
    const exported = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(exported).toHaveLength(COUNT + 2);
    expect(new Set(exported.map(({ clientId, id }) => `${clientId} ${id}`)).size).toBe(COUNT + 2);
    expect(listed).toEqual({ data: exported.slice(0, 100), hasMore: true, next: null });
    const rows = (await cli("payments", "list", "--limit", "1")).stdout.split("\t");
    expect(rows.slice(0, 2)).toEqual([exported[0].clientId, exported[0].id]);
    const after = await cli("payments", "list", "--after", exported[0].id);
    expect([after.code, after.stderr]).toEqual([2, expect.stringContaining("--after needs a client")]);
  });

  it.each([
    [["--created-after", "2026-01-02T03:04:05.677Z"], COUNT],
    [["--created-after", "2026-01-02T03:04:05.678Z"], 0],
    [["--created-before", "2026-01-03"], COUNT],
    [["--created-before", "2026-01-02T03:04:05Z"], 0],
    [["--status", "created"], COUNT],
    [["--status", "succeeded"], 0],
  ])("export writes the payments of %j", async (filter, count) => {
    const { stdout } = await cli("payments", "export", "acme", "--format", "jsonl", ...filter);
    expect(stdout.split("\n")).toHaveLength(count + 1);
  });

  it("list finds the payment that was created with an idempotency key", async () => {
    const list = async (client: string, key: string) =>
      JSON.parse((await cli("payments", "list", client, "--idempotency-key", key, "--json")).stdout).data;
    expect(await list("other", "order-1")).toMatchObject([{ amount: 99_999_999_999, currency: "KWD" }]);
    expect(await list("other", "order-2")).toEqual([]);
    expect(await list("acme", "order-1")).toEqual([]);
  });

  it("list filters payments across pages, and rejects an invalid filter", async () => {
    const found = await cli("payments", "list", "acme", "--limit", "2", "--created-before", "2026-01-03", "--json");
    expect(JSON.parse(found.stdout)).toMatchObject({ data: [{ amount: COUNT }, { amount: COUNT - 1 }], hasMore: true });
    for (const [option, value] of [
      ["--status", "paid"],
      ["--created-after", "yesterday"],
      ["--created-after", "2026-13-01"],
      ["--created-after", "2026-02-30"],
      ["--created-after", "2026-01-02T10:00Z"],
      ["--created-before", "2026-02-30T00:00:00Z"],
    ]) {
      expect((await cli("payments", "list", String(option), String(value))).code).toBe(2);
    }
  });

  it("export --output writes a file that only its owner can read, and overwrites none", async () => {
    const file = join(directory, "payments.csv");
    const stderr = `Wrote ${COUNT} payments to ${file}.\n`;
    expect(await cli("payments", "export", "acme", "--output", file)).toEqual({ code: 0, stdout: "", stderr });
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(COUNT + 2);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = await cli("payments", "export", "acme", "--output", file);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("it already exists");
  });

  it("export --output reports the fault of its file, and names the file once", async () => {
    const [absent, within] = [join(directory, "absent", "x"), join(directory, "file", "x")];
    await writeFile(join(directory, "file"), "");
    expect(await cli("payments", "export", "acme", "--output", absent)).toEqual({
      code: 1,
      stdout: "",
      stderr: `${absent} can't be written: its folder does not exist; create it, or name a file elsewhere\n`,
    });
    expect(await cli("payments", "export", "acme", "--output", within)).toEqual({
      code: 1,
      stdout: "",
      stderr: `${within} can't be written: not a directory\n`,
    });
  });

  it("export ends quietly when its reader stops early", async () => {
    const { PATH = "" } = process.env;
    const script = 'set -o pipefail; "$NODE" "$CLI" payments export acme | head -n 1; echo "$?"';
    const child = spawn("bash", ["-c", script], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH, DATABASE_URL: database.url, NODE: process.execPath, CLI },
    });
    watchForSecrets(child.stdout, child.stderr);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stdout.trim().split("\n")).toEqual([expect.stringMatching(/^id,clientId/), "0"]);
    expect(stderr).toBe("");
  });

  itUnless(noTerminal)("export shows its progress on a terminal (of util-linux's script)", async () => {
    const args = ["payments", "export", "acme", "--output", join(directory, "again.csv")];
    const { screen } = await runOnTerminal({ DATABASE_URL: database.url }, args);
    expect(screen).toMatch(new RegExp(`Exporting payments .*${COUNT}/${COUNT}`));
  });
});

describe("payments of a test client", () => {
  let client: string;
  let pay: () => Promise<string>;
  const json = async (...args: string[]) => JSON.parse((await cli(...args, "--yes", "--json")).stdout);
  const show = async (...args: string[]) => JSON.parse((await cli("payments", "show", ...args, "--json")).stdout);
  beforeAll(async () => {
    const service = await startService(database.url);
    const { id, apiKey } = await service.createClient("test");
    client = id;
    const payments: string[] = [];
    for (const capture of ["manual", "manual", "automatic", "manual"]) {
      const body = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa", capture };
      payments.push((await service.pay(apiKey, { body })).body.id);
    }
    await service.stop();
    pay = async () => payments.shift() as string;
  });

  it("capture takes a part, and refuses more than is left", async () => {
    const id = await pay();
    const above = await cli("payments", "capture", client, id, "--amount", "1001", "--yes");
    expect([above.code, above.stderr]).toEqual([1, expect.stringContaining("At most 10.00 EUR is left.")]);
    expect(await json("payments", "capture", client, id, "--amount", "400")).toMatchObject({
      ...{ id, status: "succeeded", amountCaptured: 400 },
    });
    const rest = await cli("payments", "capture", client, id);
    expect(rest).toEqual({
      ...{ code: 1, stdout: "", stderr: "This payment cannot be captured now. Its status is succeeded.\n" },
    });
    const again = await cli("payments", "cancel", client, id);
    const rejection = "This payment cannot be canceled now. Its status is succeeded. Refund a captured payment.\n";
    expect([again.code, again.stderr]).toEqual([1, rejection]);
  });

  it("cancel releases an authorization", async () => {
    const id = await pay();
    const { code, stdout, stderr } = await cli("payments", "cancel", client, id, "--yes");
    expect([code, stdout]).toEqual([0, `Payment ${id} is canceled.\n`]);
    const refund = await cli("payments", "refund", client, id, "--amount", "700");
    const rejection = "This payment cannot be refunded now. Its status is canceled.\n";
    expect([refund.code, refund.stderr]).toEqual([1, rejection]);
    expect(JSON.parse(stderr)).toMatchObject({
      event: "operation-planned",
      kind: "cancel",
      clientId: client,
      paymentId: id,
    });
  });

  it("refund returns a part, then all that is left, and asks before it does", async () => {
    const id = await pay();
    const { stderr } = await cli("payments", "refund", client, id);
    expect(stderr).toContain(
      `All that is left (10.00 EUR) of payment ${id} will be refunded. There is no terminal to ask on: add --yes.`,
    );
    expect(await json("payments", "refund", client, id, "--amount", "300", "--reason", "Returned")).toMatchObject({
      ...{ paymentId: id, amount: 300, currency: "EUR", reason: "Returned", status: "succeeded" },
    });
    const rest = await cli("payments", "refund", client, id);
    expect(rest.stderr).toContain(`All that is left (7.00 EUR) of payment ${id} will be refunded.`);
    const above = await cli("payments", "refund", client, id, "--amount", "701");
    expect([above.code, above.stderr]).toEqual([1, expect.stringContaining("At most 7.00 EUR is left.")]);
    const { stdout } = await cli("payments", "refund", client, id, "--yes");
    expect(stdout).toMatch(/^Refund re_\w+ of 7\.00 EUR: succeeded\.$/m);
    expect(await show(client, id)).toMatchObject({ amountRefunded: 1_000 });
    const [row = ""] = (await cli("payments", "list", client)).stdout.split("\n").filter((line) => line.startsWith(id));
    expect(row.split("\t").slice(0, 5)).toEqual([id, "10.00 EUR", "10.00 EUR", "10.00 EUR", "succeeded"]);
    const events = await database
      .knex("audit_events")
      .where({ client_id: client, type: "operation-planned" })
      .orderBy("sequence");
    const planned = events.map(({ actor, details: { paymentId, kind, amount } }) => [
      actor.type,
      paymentId,
      kind,
      amount,
    ]);
    expect(planned.filter(([, paymentId]) => paymentId === id)).toEqual([
      ["operator", id, "refund", 300],
      ["operator", id, "refund", 700],
    ]);
  });

  it("capture asks with the amount in the payment's currency, and prints it", async () => {
    const id = await pay();
    const whole = await cli("payments", "capture", client, id);
    expect(whole.stderr).toContain(`All that is left (10.00 EUR) of payment ${id} will be captured.`);
    const part = await cli("payments", "capture", client, id, "--amount", "5");
    expect(part.stderr).toContain(`0.05 EUR of payment ${id} will be captured.`);
    const { stdout } = await cli("payments", "capture", client, id, "--amount", "5", "--yes");
    expect(stdout).toBe(`Payment ${id} is succeeded. Captured: 0.05 EUR of 10.00 EUR.\n`);
  });

  it.each([
    [1, ["payments", "capture", "other", "pay_01j0000000e008000000000001", "--yes"], "no such payment"],
    [2, ["payments", "refund", "acme", "pay_01j0000000e008000000000001", "--amount", "1.5"], "must be an integer"],
    [2, ["payments", "cancel", "acme", "x", "--yes"], "must be the id of a payment"],
  ])("fails with exit code %i: %j", async (code, args, reason) => {
    const failed = await cli(...args);
    expect([failed.code, failed.stderr]).toEqual([code, expect.stringContaining(reason)]);
  });
});

describe("payments review", () => {
  let client: string;
  const paid: string[] = [];
  beforeAll(async () => {
    const service = await startService(database.url);
    const { id, apiKey } = await service.createClient("test");
    client = id;
    for (const paymentMethod of ["pm_card_visa", "pm_card_visa"]) {
      const body = { amount: 1_000, currency: "EUR", paymentMethod };
      paid.push((await service.pay(apiKey, { body })).body.id);
    }
    await service.stop();
    // As after seven days without a response to the authorization.
    await database.knex.raw("delete from payment_facts where client_id = ?", [client]);
    await database.knex("payment_operations").where({ client_id: client }).update({ state: "needs_review" });
  });
  const list = async () => JSON.parse((await cli("payments", "review", "--json")).stdout).data;

  it("lists the operations, and decides each one for a reason that the audit log keeps", async () => {
    const [first, second, ...others] = await list();
    expect(others).toEqual([]);
    expect([first, second].map(({ paymentId }) => paymentId)).toEqual(paid);
    expect(first).toMatchObject({ clientId: client, mode: "test", kind: "authorize", amount: 1_000, currency: "EUR" });

    const decide = (operation: string, ...options: string[]) =>
      cli("payments", "review", client, operation, "--yes", "--json", ...options);
    const found = ["--as", "succeeded", "--reason", "Seen in the dashboard"];
    const without = await decide(first.id, ...found);
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining("--processor-payment")]);
    const absent = await decide(first.id, ...found, "--processor-payment", "sandbox_none");
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining("The processor has no such payment")]);
    const decided = await decide(first.id, ...found, "--processor-payment", `sandbox_${first.id}`);
    expect(JSON.parse(decided.stdout)).toEqual({
      ...{ id: first.id, outcome: "succeeded", paymentId: paid[0], status: "succeeded" },
    });
    const declined = await decide(second.id, "--as", "declined", "--reason", "Not in the dashboard");
    expect(JSON.parse(declined.stdout)).toMatchObject({ outcome: "declined", status: "failed" });

    expect(await list()).toEqual([]);
    const again = await decide(second.id, "--as", "declined", "--reason", "Twice");
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("needs a review")]);
    const events = await database.knex("audit_events").where({ client_id: client, type: "operation-reviewed" });
    expect(events.map(({ actor, details }) => [actor.type, details.outcome, details.reason])).toEqual([
      ["operator", "succeeded", "Seen in the dashboard"],
      ["operator", "declined", "Not in the dashboard"],
    ]);
  });

  it.each([
    [["acme"], "Name the operation too"],
    [["acme", "op_01j0000000e008000000000001", "--as", "succeeded", "--yes"], "needs --as and --reason"],
    [["acme", "op_01j0000000e008000000000001", "--as", "maybe"], "Allowed choices are succeeded, declined"],
    [["acme", "op_01j0000000e008000000000001", "--as", "declined", "--reason", " "], "not a blank"],
    [["acme", "pay_01j0000000e008000000000001"], "must be the id of an operation"],
  ])("refuses %j", async (args, reason) => {
    const { code, stderr } = await cli("payments", "review", ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });
});

describe("reconcile", () => {
  let own: TestDatabase;
  const reconcile = (...args: string[]) => runProgram(CLI, { DATABASE_URL: own.url }, "reconcile", ...args);
  const today = () => new Date().toISOString().slice(0, 10);
  beforeAll(async () => {
    own = await createTestDatabase();
    const service = await startService(own.url);
    const { apiKey } = await service.createClient("test");
    for (const paymentMethod of ["pm_card_visa", "pm_dispute", "pm_card_declined"]) {
      const paid = await service.pay(apiKey, { body: { amount: 1_000, currency: "EUR", paymentMethod } });
      if (paymentMethod !== "pm_card_visa") continue;
      const path = `/payments/${paid.body.id}/refunds`;
      await service.request("POST", path, { body: { amount: 300 }, headers: { "x-api-key": apiKey } });
    }
    await service.stop();
  });
  afterAll(() => own.drop());

  it("reports no difference for a day, then each movement that one record lacks or states differently", async () => {
    const day = today();
    const equal = await reconcile("--day", day, "--json");
    expect(equal.code).toBe(0);
    expect(JSON.parse(equal.stdout)).toEqual({
      day,
      modes: [{ mode: "test", processor: "sandbox", matched: 4, differences: [], notCompared: 0 }],
    });
    expect(JSON.parse((await reconcile("--day", "2020-02-29", "--json")).stdout).modes[0].matched).toBe(0);

    await own.knex.raw("delete from payment_facts where fact->>'type' = 'refund-succeeded'");
    await own.knex.raw("delete from sandbox_operations where parameters::json->>'paymentMethod' = 'pm_dispute'");
    const { code, stdout } = await reconcile("--day", day);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect([code, rows.map(([mode, kind, , ours, theirs]) => [mode, kind, ours, theirs])]).toEqual([
      1,
      [
        ["test", "refund", "none", "3.00 EUR"],
        ["test", "capture", "10.00 EUR", "none"],
        ["test", "dispute", "10.00 EUR", "none"],
      ],
    ]);
  });

  it("fails for recorded live movements while no processor is configured", async () => {
    const day = "2026-01-02";
    const { rows } = await own.knex.raw(
      `insert into payment_facts (bucket, client_id, payment_id, fingerprint, fact, moved_at)
        select bucket, client_id, payment_id, gen_random_uuid(), jsonb_set(fact::jsonb, '{mode}', '"live"')::json, ?
        from payment_facts where fact->>'type' = 'captured' returning 1`,
      [`${day}T12:00:00Z`],
    );
    const failed = await reconcile("--day", day);
    expect([failed.code, failed.stdout]).toEqual([1, ""]);
    expect(failed.stderr).toContain(`live: ${rows.length} recorded movements, and no processor is configured.`);
    const { code, stdout } = await reconcile("--day", day, "--mode", "live", "--json");
    const live = { mode: "live", processor: null, matched: 0, differences: [], notCompared: rows.length };
    expect([code, JSON.parse(stdout)]).toEqual([1, { day, modes: [live] }]);
    expect(rows.length).toBeGreaterThan(0);
  });

  it.each([
    [2, [], "--day"],
    [2, ["--day", "2999-01-02"], "This day has not started in UTC"],
    [2, ["--day", "2026-02-30"], "a day such as 2026-01-02"],
    [3, ["--day", "2026-02-03", "--mode", "live"], "No processor charges live clients"],
  ])("fails with exit code %i: %j", async (code, args, reason) => {
    const failed = await reconcile(...args);
    expect([failed.code, failed.stderr]).toEqual([code, expect.stringContaining(reason)]);
  });
});
