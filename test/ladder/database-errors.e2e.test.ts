import { expect } from "@jest/globals";
import { createTestDatabase } from "../support/test-database.ts";
import { startService } from "../support/test-service.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";

const using = undoAfterEach();

/** Serialization, deadlock, disk full, too many connections, shutdown by an admin, connection failure. */
const UNAVAILABLE = ["40001", "40P01", "53100", "53300", "57P01", "08006"];
const UNIQUE_VIOLATION = "23505";

/** Every statement on clients and payments raises the error in the table `injected`, if there is one. */
const INJECT = [
  "create table injected (code text)",
  "insert into injected values (null)",
  `create function inject() returns boolean language plpgsql as $$
  declare wanted text := (select code from injected);
  begin
    if wanted is null then return true; end if;
    raise exception 'canary of the message' using errcode = wanted, table = 'clients', detail = 'canary of the detail';
  end $$`,
  "create function inject_row() returns trigger language plpgsql as 'begin perform inject(); return new; end'",
  ...["clients", "payments"].flatMap((table) => [
    `alter table ${table} rename to real_${table}`,
    `create view ${table} as select * from real_${table} where (select inject())`,
    `create trigger inject_row before insert on real_${table} for each row execute function inject_row()`,
  ]),
];

guarantee(
  {
    id: "database-errors",
    says: "SQLSTATEs 23505, 40001, 40P01, 53100, 53300, 57P01 and 08006, raised in every handler that queries the database, return the correct 503, 409 or 500 without stack, SQL or path. The process keeps serving.",
    covers: "ASVS 5.0 16.5.1, 16.5.2, 16.5.4 / CWE-209, CWE-248, CWE-755",
    short: {},
    long: {},
  },
  async () => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const service = using(await startService(database.url), (one) => one.stop());
    for (const statement of INJECT) await database.knex.raw(statement);
    const made = await service.asAdmin("POST", "/accounts", { name: "A", email: "a@example.com" });
    const other = await service.asAdmin("POST", "/accounts", { name: "B", email: "b@example.com" });
    const key = { "x-api-key": made.body.apiKey };
    const pay = () => service.pay(made.body.apiKey, { headers: key });
    const paid = await pay();
    const at = `/accounts/${other.body.id}`;
    const details = { name: "C", email: "c@example.com" };
    // A unique violation is a conflict only for a request that writes a unique value.
    const requests: readonly (readonly [name: string, duplicate: number, ask: () => ReturnType<typeof pay>])[] = [
      ["POST /accounts", 409, () => service.asAdmin("POST", "/accounts", details)],
      ["GET /accounts", 500, () => service.asAdmin("GET", "/accounts")],
      ["GET /accounts/:id", 500, () => service.asAdmin("GET", at)],
      ["PATCH /accounts/:id", 409, () => service.asAdmin("PATCH", at, { name: "D" })],
      ["POST /accounts/:id/api-key", 500, () => service.asAdmin("POST", `${at}/api-key`, {})],
      ["DELETE /accounts/:id/api-key", 500, () => service.asAdmin("DELETE", `${at}/api-key`)],
      ["GET /accounts/:id/payments", 500, () => service.asAdmin("GET", `${at}/payments`)],
      ["POST /payments/create", 500, pay],
      ["GET /payments", 500, () => service.request("GET", "/payments", { headers: key })],
      ["GET /payments/:id", 500, () => service.request("GET", `/payments/${paid.body.id}`, { headers: key })],
      ["GET /me", 500, () => service.request("GET", "/me", { headers: key })],
    ];
    const wrong: string[] = [];
    for (const code of [...UNAVAILABLE, UNIQUE_VIOLATION]) {
      await database.knex("injected").update({ code });
      for (const [name, duplicate, ask] of requests) {
        const { status, headers, body } = await ask();
        const text = JSON.stringify(body);
        const isMapped =
          code === UNIQUE_VIOLATION ? status === duplicate : status === 503 && headers.has("retry-after");
        const isProblem = headers.get("content-type") === "application/problem+json" && body.status === status;
        const isDiscreet =
          !/canary|select|insert|update |\.ts|\.js|node:|injected|SQLSTATE|\bat \//.test(text) && !text.includes(code);
        if (!isMapped || !isProblem || !isDiscreet) wrong.push(`${code} in ${name}: ${status} ${text}`);
      }
      expect((await service.request("GET", "/livez")).status).toBe(200);
    }
    await database.knex("injected").update({ code: null });
    for (const [name, , ask] of requests) if ((await ask()).status >= 300) wrong.push(`${name} afterwards`);
    expect(wrong).toEqual([]);
    const count = requests.length * (UNAVAILABLE.length + 1);
    return `${count} of ${count} errors mapped (${requests.length} handlers, ${UNAVAILABLE.length + 1} SQLSTATEs); all handlers serve afterwards`;
  },
);
