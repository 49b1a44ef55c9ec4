import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect } from "@jest/globals";
import type { Knex } from "@payments/adapters-postgres";
import { CANARY, formsOf } from "../../scripts/find-secrets.mjs";
import { adminToken, JWT_SECRET } from "../support/admin-token.ts";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";

const using = undoAfterEach();

const PEPPER = `${CANARY}pepper`;

const lacking = [
  ...(existsSync("/proc/self/cmdline") ? [] : ["/proc, where the titles of processes stand"]),
  ...(process.env["TEST_SERVER_LOG"] === "" ? ["the log of PostgreSQL: another TEST_POSTGRES than url"] : []),
];

/** The places that must contain no secret, by name. */
type Places = ReadonlyMap<string, string>;

const findings = (secrets: ReadonlyMap<string, string>, places: Places): string[] =>
  [...secrets].flatMap(([name, secret]) =>
    [...places].flatMap(([place, text]) =>
      formsOf(secret).some((form) => text.includes(form)) ? [`${name} in ${place}`] : [],
    ),
  );

/** Used without pg_dump. */
const everyRowOf = async (knex: Knex): Promise<string> => {
  const { rows: tables } = await knex.raw(
    "select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  const dump: string[] = [];
  for (const { name } of tables) dump.push(JSON.stringify((await knex.raw(`select t::text from ${name} t`)).rows));
  return dump.join("\n");
};

guarantee(
  {
    id: "secrets",
    says: "API keys, admin tokens, their secret and the pepper appear nowhere in plain text, base64, hex or URL encoding: not in the service's log, PostgreSQL's log with log_statement = all, errors, metrics, a dump of the database or process titles.",
    covers: "ASVS 5.0 11.4.1, 13.3.1, 14.2.1, 16.2.5 / CWE-532, CWE-312, CWE-214",
    short: {},
    long: {},
    missing: lacking.length === 0 ? undefined : lacking.join(" and "),
  },
  async () => {
    const database = using(await createTestDatabase(), (one) => one.drop());
    const { knex, unlogged } = database;
    await knex.raw("alter database ?? set log_statement = 'all'", [new URL(database.url).pathname.slice(1)]);
    let output = "";
    const variables = { JWT_SECRET, API_KEY_PEPPER: PEPPER, LOG_LEVEL: "trace" };
    const api = using(
      await startApi(database.url, variables, (text) => {
        output += text;
      }),
      (started) => started.end("SIGKILL"),
    );
    const token = await adminToken(600);
    const errors: string[] = [];
    const asAdmin = async (method: string, path: string, body?: object) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" };
      const response = await fetch(api.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      const text = await response.text();
      if (!response.ok) errors.push(text);
      return text;
    };
    const created = async () => JSON.parse(await asAdmin("POST", "/accounts", { name: "A", email: "a@example.com" }));
    const pay = async (apiKey: string): Promise<number> => {
      const client = clientOf(api.url, { apiKey }, 1);
      const replies = [
        await client.pay({ name: "x" }),
        await client.request("/me"),
        await client.request("/payments/1"),
      ];
      client.close();
      errors.push(...replies.filter(({ status }) => status >= 400).map((reply) => JSON.stringify(reply)));
      return replies[0]?.status ?? 0;
    };

    const [used, inactive, revoked, rotated, plain, former] = [
      await created(),
      await created(),
      await created(),
      await created(),
      await created(),
      await created(),
    ];
    for (const { apiKey } of [used, inactive, revoked, rotated]) expect(await pay(apiKey)).toBe(201);
    await asAdmin("PATCH", `/accounts/${inactive.id}`, { status: "inactive" });
    await asAdmin("DELETE", `/accounts/${revoked.id}/api-key`);
    const successor = JSON.parse(await asAdmin("POST", `/accounts/${rotated.id}/api-key`, { overlapSeconds: 60 }));
    for (const { apiKey } of [inactive, revoked]) expect(await pay(apiKey)).toBe(401);
    for (const { apiKey } of [rotated, successor]) expect(await pay(apiKey)).toBe(201);
    // Plain keys of an older application.
    await unlogged.knex("clients").where({ id: plain.id }).update({ api_key: plain.apiKey });
    const ends = {
      former_api_key: former.apiKey,
      former_api_key_ends_at: new Date(Date.now() + 60_000),
      api_key: null,
    };
    await unlogged.knex("clients").where({ id: former.id }).update(ends);
    for (const { apiKey } of [plain, former]) expect(await pay(apiKey)).toBe(201);
    // A token and a key in wrong places, and every kind of fault.
    const misplaced = [
      ...[used.apiKey, token].flatMap((secret) => [`/accounts/${secret}`, `/accounts?after=${secret}`]),
      ...[used.apiKey, token].flatMap((secret) => [`/accounts/${secret}/payments`, `/payments/${secret}`]),
      `/nothing/${token}`,
      `/${used.apiKey}?key=${used.apiKey}`,
    ];
    for (const path of misplaced) {
      await asAdmin("GET", path);
      await fetch(api.url + path, { headers: { authorization: used.apiKey, "x-api-key": token, connection: "close" } })
        .then((response) => response.text())
        .then((text) => errors.push(text));
    }
    await knex.raw("alter table payments rename to elsewhere");
    expect(await pay(used.apiKey)).toBe(500);
    await knex.raw("alter table elsewhere rename to payments");
    const metrics = await asAdmin("GET", "/metrics");
    const titles = readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "utf8");
        } catch {
          return "";
        }
      });
    const { rows: activity } = await knex.raw("select query, application_name from pg_stat_activity");
    await until("the service's log", () => output.includes('"route":"/metrics"'));
    await api.end("SIGTERM");
    await expect(knex.raw("select 'the end of it'::int")).rejects.toMatchObject({ code: "22P02" });
    await until("PostgreSQL's log", async () => /find_api_keys.+the end of it/s.test(await database.log()));
    const dump = (await database.dump()) ?? (await everyRowOf(knex));
    expect(dump).toContain(used.id);

    const secrets = new Map([
      ["the admin token", token],
      ["the signature of the admin token", token.split(".")[2] ?? ""],
      ["the pepper", PEPPER],
      ["the secret of the tokens", JWT_SECRET],
      ...Object.entries({ used, inactive, revoked, rotated, successor, plain, former }).map(
        ([name, { apiKey }]): [string, string] => [`the key ${name}`, apiKey],
      ),
    ]);
    const searched: Places = new Map([
      ["the service's log", output],
      ["PostgreSQL's log", await database.log()],
      ["an error", errors.join("\n")],
      ["the metrics", metrics],
      ["a dump of the database", dump],
      ["a process title", titles.join("\n")],
      ["what the database runs", JSON.stringify(activity)],
    ]);
    for (const [place, text] of searched) expect([place, text.length > 100]).toEqual([place, true]);
    // The search finds planted secrets.
    expect(
      findings(secrets, new Map([["a text", `x${Buffer.from(`ab${used.apiKey}cd`).toString("base64")}`]])),
    ).toHaveLength(1);
    expect(findings(secrets, searched)).toEqual([]);
    const size = [...searched.values()].reduce((sum, text) => sum + text.length, 0);
    return `${secrets.size} secrets in up to 9 forms, found 0 times in ${Math.round(size / 1_024)} KiB from ${searched.size} places`;
  },
);
