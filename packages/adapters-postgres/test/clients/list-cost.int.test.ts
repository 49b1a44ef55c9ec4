import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Client, ClientId, Page, PageRequest, PaymentId } from "@payments/domain";
import { aClient, aPayment, expectOk } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { KnexClientRepository, KnexPaymentRepository } from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { createTenant } from "../support/tenant.ts";
import { testEncoder } from "../support/test-encoder.ts";

const { openKnex, using } = closedAfterEach();

const ROWS = 50_000;
const LIMIT = 20;
const MOST_BLOCKS = 60;

const clientId = (number: number): ClientId => aClient({ id: `client-${number}` }).id;
const paymentId = (number: number): PaymentId => {
  const uuid = `01900000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
  return aPayment({ uuid, clientId: clientId(1) }).id;
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  // A third of the clients shares one moment, and some are from an application that knew no moment.
  await database.knex.raw(`alter table clients alter column created_at drop not null`);
  await database.knex.raw(
    `insert into clients (id, name, email, created_at)
      select 'client-' || n, 'Acme', 'ops@acme.example',
        case when n % 1000 = 0 then null else '2026-01-01'::timestamptz + greatest(n, ?) * interval '1 microsecond' end
      from generate_series(1, ?) n`,
    [Math.trunc(ROWS / 3), ROWS],
  );
  await database.knex.raw(
    `insert into payments (bucket, client_id, id, amount, currency, created_at)
      select client_bucket('client-1'), 'client-1', ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, 'EUR', now()
      from generate_series(1, ?) n`,
    [ROWS],
  );
  await database.knex.raw("analyze");
}, 60_000);
afterAll(() => database.drop());

interface Plan {
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
}

/** What PostgreSQL read for the statements that `run` sent: blocks of 8 KiB. */
const blocksRead = async (run: () => unknown): Promise<number> => {
  const statements: { readonly sql: string; readonly bindings: readonly unknown[] }[] = [];
  const collect = ({ sql, bindings }: { sql: string; bindings: readonly unknown[] }) =>
    statements.push({ sql, bindings });
  database.knex.client.on("query", collect);
  await run();
  database.knex.client.off("query", collect);
  expect(statements).toHaveLength(1);
  const [{ sql, bindings }] = statements as [(typeof statements)[number]];
  const explained = await database.knex.raw(
    `explain (analyze, buffers, format json) ${sql.replace(/\$\d+/g, "?")}`,
    bindings as string[],
  );
  const plan: Plan = explained.rows[0]["QUERY PLAN"][0].Plan;
  return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
};

const requests = <Id>(idOf: (number: number) => Id): [string, PageRequest<Id>][] => [
  ["the first page", { limit: LIMIT, after: null, before: null }],
  ["a page in the middle", { limit: LIMIT, after: idOf(30_001), before: null }],
  ["a page among rows of one moment", { limit: LIMIT, after: idOf(9_001), before: null }],
  ["the page before one in the middle", { limit: LIMIT, after: null, before: idOf(30_001) }],
];

describe(`over ${ROWS} rows`, () => {
  it.each(requests(clientId))("reads a few blocks for %s of clients", async (_, request) => {
    const clients = new KnexClientRepository(database.knex, testEncoder);
    expect(await blocksRead(() => clients.list(request))).toBeLessThan(MOST_BLOCKS);
    expect(expectOk(await clients.list(request)).items).toHaveLength(LIMIT);
  });

  it.each(requests(paymentId))("reads a few blocks for %s of payments", async (_, request) => {
    const payments = new KnexPaymentRepository(database.knex);
    expect(await blocksRead(() => payments.list(clientId(1), request))).toBeLessThan(MOST_BLOCKS);
    expect(expectOk(await payments.list(clientId(1), request)).items).toHaveLength(LIMIT);
  });

  it("returns every client once, including clients with equal or no creation times", async () => {
    const clients = new KnexClientRepository(database.knex, testEncoder);
    await database.knex.raw("delete from clients where substr(id, 8)::int > 2000");
    const seen: string[] = [];
    for (let after: ClientId | null = null; ; ) {
      const listed = await clients.list({ limit: 100, after, before: null });
      const { items, next }: Page<Client, ClientId> = expectOk(listed);
      seen.push(...items.map(({ id }) => id));
      after = next;
      if (after === null) break;
    }
    expect(seen).toHaveLength(2_000);
    expect(new Set(seen).size).toBe(2_000);
    expect(seen.slice(-2)).toEqual(["client-2000", "client-1000"]);
  });
});

it("reads only the clients of the page, even with a plan made for a small table", async () => {
  const growing = using(await createTestDatabase(), (created) => created.drop());
  const knex = openKnex(growing.url, 1);
  const payments = new KnexPaymentRepository(knex);
  const fullReads = async (): Promise<number> => {
    await knex.raw("select pg_stat_force_next_flush()");
    return Number((await knex.raw("select pg_stat_get_numscans('clients'::regclass) as count")).rows[0].count);
  };
  const tenant = await createTenant(knex);
  const before = await fullReads();
  // PostgreSQL keeps a plan from the sixth time on.
  for (let time = 0; time < 8; time++) {
    expectOk(await payments.create(tenant.payment(), tenant.credential, null, "live"));
  }
  expect(await fullReads()).toBe(before);
});
