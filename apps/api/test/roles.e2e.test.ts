import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createKnex, type Knex } from "@payments/adapters-postgres";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { CLI, MAIN, runProgram } from "../../../test/support/run-program.ts";
import { createServiceRoles, type ServiceRoles } from "../../../test/support/service-roles.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService } from "../../../test/support/test-service.ts";

let database: TestDatabase;
let roles: ServiceRoles;
let app: Knex;
const migrateUp = (...args: string[]) =>
  runProgram(CLI, { DATABASE_URL: roles.urlOf(roles.owner) }, "migrate", "up", ...args);
const startApp = (variables: Record<string, string> = {}) =>
  runProgram(MAIN, { DATABASE_URL: roles.urlOf(roles.app), JWT_SECRET, PORT: "0", ...variables });

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  roles = await createServiceRoles(database);
  app = createKnex({ connectionString: roles.urlOf(roles.app) });
});
afterAll(async () => {
  await app.destroy();
  await roles.drop();
  await database.drop();
});

describe("before the owner has migrated", () => {
  it("the service reports the pending migrations and does not start", async () => {
    const refused = await startApp({ MIGRATE_ON_START: "false" });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /^The database schema is not up to date, .*Pending: 0001-client-bucket, .*\n.*migrate up.*\n$/,
    );
  });

  it("the service can't migrate, and reports the right that it lacks", async () => {
    const refused = await startApp();
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^The role in DATABASE_URL lacks a right: .*permission denied.*\n.*--grant.*\n$/);
  });
});

describe("after `migrate up --grant`", () => {
  beforeAll(async () => {
    expect(await migrateUp("--grant", roles.app)).toMatchObject({ code: 0, stderr: "" });
  });

  it("has the same result when it runs again, and revokes other rights", async () => {
    await database.knex.raw("grant delete on clients, payments to ??", [roles.app]);
    const again = await migrateUp("--grant", roles.app, "--json");
    expect(JSON.parse(again.stdout)).toEqual({ applied: [], granted: roles.app });
    await expect(app.raw("delete from payments")).rejects.toMatchObject({ code: "42501" });
  });

  it.each([
    ["an unknown role", () => "nobody", "The role nobody does not exist"],
    ["the owner", () => roles.owner, "owns the tables"],
  ])("rejects %s", async (_, role, reason) => {
    const { code, stderr } = await migrateUp("--grant", role());
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });

  it("the service does all its work", async () => {
    const service = await startService(roles.urlOf(roles.app), { MIGRATE_ON_START: "false" });
    try {
      const statuses: number[] = [];
      const status = async (answer: Promise<{ status: number }>) => statuses.push((await answer).status);
      const made = await service.asAdmin("POST", "/accounts", { name: "Acme", email: "ops@acme.example" });
      const { id, apiKey } = made.body;
      const headers = { "x-api-key": apiKey, "idempotency-key": "k" };
      const pay = () => service.pay(apiKey, { headers });
      const payment = await pay();
      expect([made.status, payment.status]).toEqual([201, 201]);
      expect((await pay()).headers.get("idempotent-replayed")).toBe("true");
      await status(service.request("GET", "/payments", { headers }));
      await status(service.request("GET", `/payments/${payment.body.id}`, { headers }));
      await status(service.request("GET", "/me", { headers }));
      await status(service.asAdmin("GET", "/accounts"));
      await status(service.asAdmin("GET", `/accounts/${id}`));
      await status(service.asAdmin("GET", `/accounts/${id}/payments`));
      await status(service.asAdmin("PATCH", `/accounts/${id}`, { name: "Acme Ltd" }));
      await status(service.request("GET", "/readyz"));
      expect(statuses).toEqual(Array(8).fill(200));
      expect((await service.asAdmin("POST", `/accounts/${id}/api-key`, { overlapSeconds: 60 })).status).toBe(201);
      expect((await service.asAdmin("DELETE", `/accounts/${id}/api-key`)).status).toBe(204);
    } finally {
      await service.stop();
    }
    // The service writes these at its end, if not before.
    expect(await database.knex("api_key_usage").pluck("client_id")).toHaveLength(1);
  });

  it("only the owner erases a client", async () => {
    const cli = (user: string, ...args: string[]) => runProgram(CLI, { DATABASE_URL: roles.urlOf(user) }, ...args);
    const created = await cli(roles.app, "clients", "create", "--name", "Ada", "--email", "ada@acme.example", "--json");
    const { id } = JSON.parse(created.stdout);
    const active = await cli(roles.owner, "clients", "erase", id, "--yes");
    expect(active).toMatchObject({ code: 1, stderr: expect.stringContaining("Close it first") });
    expect((await cli(roles.app, "clients", "deactivate", id, "--yes")).code).toBe(0);
    const refused = await cli(roles.app, "clients", "erase", id, "--yes");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("as the owner of the tables") });
    expect(JSON.parse((await cli(roles.app, "clients", "show", id, "--json")).stdout).name).toBe("Ada");
    expect((await cli(roles.owner, "clients", "erase", id, "--yes")).code).toBe(0);
    expect(JSON.parse((await cli(roles.app, "clients", "show", id, "--json")).stdout).name).toBe("Erased client");
    const { data } = JSON.parse((await cli(roles.app, "audit", "list", id, "--json")).stdout);
    expect(data[0]).toMatchObject({ type: "client-erased", actor: { type: "operator" } });
  });

  it.each([
    "delete from audit_events",
    "update audit_events set type = 'client-updated'",
    "update audit_heads set sequence = 1",
    "delete from payments",
    "update payments set amount = 1",
    "truncate payments",
    "delete from clients",
    "truncate clients",
    "drop table payments",
    "alter table clients add column x int",
    "create table x (y int)",
    "create temporary table x (y int)",
    "create function f() returns int language sql as 'select 1'",
    "drop function create_payments",
    "alter table clients disable trigger all",
    "insert into payments_migrations (name, batch) values ('x', 1)",
    "create schema x",
    "create role x",
    "set role postgres",
    "set role payments_owner",
    "copy clients to program 'true'",
    "select pg_read_file('/etc/passwd')",
  ])("its role may not: %s", async (statement) => {
    const names = { postgres: new URL(database.url).username, payments_owner: roles.owner };
    const ofThisServer = statement.replace(/(?<=set role )\w+/, (role) => names[role as keyof typeof names]);
    await expect(app.raw(ofThisServer)).rejects.toMatchObject({ code: "42501" });
  });

  it("the role has exactly the intended rights on every table", async () => {
    const { rows } = await database.knex.raw(
      `select relname as table, array_to_string(array(
          select p from unnest(array['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) p
          where has_table_privilege(:app, c.oid, p)), ', ') as rights
        from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
      { app: roles.app },
    );
    const locks = rows.filter(({ table }: { table: string }) => table.startsWith("credential_lock_"));
    expect(locks).toHaveLength(8);
    expect(locks.map(({ rights }: { rights: string }) => rights)).toEqual(locks.map(() => "UPDATE"));
    expect(rows.filter((row: object) => !locks.includes(row))).toEqual([
      { table: "api_key_usage", rights: "SELECT, INSERT, UPDATE" },
      { table: "audit_events", rights: "SELECT, INSERT" },
      { table: "audit_heads", rights: "SELECT" },
      { table: "charges", rights: "SELECT, INSERT, UPDATE" },
      { table: "clients", rights: "SELECT, INSERT, UPDATE" },
      { table: "disputes", rights: "SELECT, INSERT, UPDATE" },
      { table: "event_positions", rights: "SELECT, UPDATE" },
      { table: "events", rights: "SELECT, INSERT, DELETE" },
      { table: "onboarding_tokens", rights: "SELECT, INSERT, DELETE" },
      { table: "payment_facts", rights: "SELECT, INSERT" },
      { table: "payment_operations", rights: "SELECT, INSERT, UPDATE" },
      { table: "payments", rights: "SELECT, INSERT" },
      { table: "payments_migrations", rights: "SELECT" },
      { table: "payments_migrations_lock", rights: "" },
      { table: "processor_notifications", rights: "SELECT, INSERT, UPDATE, DELETE" },
      { table: "refunds", rights: "SELECT, INSERT" },
      { table: "request_quotas", rights: "SELECT, INSERT, UPDATE" },
      { table: "sandbox_operations", rights: "SELECT, INSERT, UPDATE" },
      { table: "signing_keys", rights: "SELECT, INSERT, UPDATE" },
      { table: "webhook_attempts", rights: "SELECT, INSERT, UPDATE, DELETE" },
      { table: "webhook_deliveries", rights: "SELECT, INSERT, UPDATE, DELETE" },
      { table: "webhook_endpoints", rights: "SELECT, INSERT, UPDATE, DELETE" },
    ]);
  });
});
