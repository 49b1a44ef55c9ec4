import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ClientEvent,
  EVENT_RETENTION_MS,
  type EventCursor,
  type EventPage,
  toPaymentJson,
  toUuid,
} from "@payments/domain";
import { anIdempotencyKey, expectOk, FixedClock, SequentialIds } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { until } from "../../../../test/support/until.ts";
import {
  deleteEventsOlderThan,
  type Knex,
  KnexEventFeed,
  KnexPaymentRepository,
  keepEventPositions,
} from "../../src/index.ts";
import { closedAfterEach } from "../support/closed-after-each.ts";
import { createTenant, type Tenant } from "../support/tenant.ts";
import { untilEventsVisible } from "../support/until-events-visible.ts";

let database: TestDatabase;
let knex: Knex;
let tenant: Tenant;
let feed: KnexEventFeed;
let payments: KnexPaymentRepository;

beforeEach(async () => {
  database = await createTestDatabase();
  knex = database.knex;
  tenant = await createTenant(knex);
  feed = new KnexEventFeed(knex, { clock: new FixedClock(), readConcurrency: 6 });
  payments = new KnexPaymentRepository(knex);
});
const { openTransaction } = closedAfterEach();
afterEach(() => database.drop());

const ids = new SequentialIds();

const pay = async (): Promise<string> => {
  const payment = tenant.payment();
  expectOk(await payments.create(payment, tenant.credential, null, "live"));
  return toUuid(payment.id);
};

/** An event of a change that takes its time to commit. */
const insertEvent = async (trx: Knex): Promise<string> => {
  const id = ids.next().replace(/^0190/, "0191");
  await trx.raw(
    `insert into events (bucket, client_id, position, id, type, mode, object, created_at)
      values (client_bucket(:client), :client, event_position(), :id, 'webhook_endpoint.disabled', 'live', '{}', now())`,
    { client: tenant.id, id },
  );
  return id;
};

const follow = async (limit: number, isOver: () => boolean): Promise<readonly string[]> => {
  const seen: string[] = [];
  let after: EventCursor | null = null;
  for (;;) {
    const over = isOver();
    const page: EventPage = expectOk(await feed.list(tenant.id, { limit, after }));
    seen.push(...page.events.map(({ id }) => toUuid(id)));
    after = page.next;
    if (over && !page.hasMore) return seen;
    if (!page.hasMore) await sleep(5);
  }
};

const read = () => follow(100, () => true);

describe("the feed", () => {
  it("holds an event back while an earlier transaction is open, and then gives both in order", async () => {
    const open = await openTransaction(knex);
    const first = await insertEvent(open);
    const second = await pay();
    expect(await read()).toEqual([]);
    await open.commit();
    await untilEventsVisible(knex);
    expect(await read()).toEqual([first, second]);
  });

  it("gives three readers every event once and in order while slow writers commit and roll back", async () => {
    let isWriting = true;
    let isVisible = false;
    const rolledBack: string[] = [];
    const slowly = async (writer: number) => {
      for (let round = 0; round < 12; round++) {
        const trx = await openTransaction(knex);
        const id = await insertEvent(trx);
        await sleep(((writer * 37 + round * 53) % 60) + 5);
        if ((writer + round) % 3 === 0) {
          rolledBack.push(id);
          await trx.rollback();
        } else await trx.commit();
      }
    };
    const fast = async () => {
      while (isWriting) await Promise.all([pay(), pay(), pay()]);
    };
    const readers = [3, 7, 100].map((limit) => follow(limit, () => isVisible));
    const writing = fast();
    await Promise.all([1, 2, 3, 4].map(slowly));
    isWriting = false;
    await writing;
    await untilEventsVisible(knex);
    isVisible = true;
    const { rows } = await knex.raw("select id from events order by position, id");
    const stored = rows.map(({ id }: { id: string }) => id);
    expect(stored.length).toBeGreaterThan(50);
    for (const seen of await Promise.all(readers)) expect(seen).toEqual(stored);
    for (const id of rolledBack) expect(stored).not.toContain(id);
  }, 60_000);

  it("has no event of a change that was rolled back, refused or repeated", async () => {
    const refused = await payments.create(tenant.payment(), "unknown" as never, null, "live");
    expect(refused.isErr()).toBe(true);
    const key = anIdempotencyKey("order-1");
    const first = tenant.payment();
    for (const payment of [first, tenant.payment()])
      expectOk(await payments.create(payment, tenant.credential, key, "live"));
    const open = await openTransaction(knex);
    await insertEvent(open);
    await open.rollback();
    await untilEventsVisible(knex);
    expect(await read()).toEqual([toUuid(first.id)]);
  });
});

const FIRST_PAGE = { limit: 100, after: null };

describe("the event of a recorded payment", () => {
  const only = async () => {
    await untilEventsVisible(knex);
    const { events } = expectOk(await feed.list(tenant.id, { limit: 10, after: null }));
    expect(events).toHaveLength(1);
    return events[0] as ClientEvent;
  };

  it.each([
    { description: null, metadata: {} },
    {
      description: 'Invoice \u00e9\u{1f600} "42" \\',
      metadata: { b: "NULL", a: "{}", 2: "two", 1: "", "a b": "\u2028'" },
    },
  ])("has the text of the payment's response, byte for byte: %j", async (texts) => {
    const payment = tenant.payment({
      ...texts,
      amount: "9007199254740991",
      createdAt: new Date("2026-01-02T03:04:05.060Z"),
    });
    expectOk(await payments.create(payment, tenant.credential, null, "live"));
    const text = JSON.stringify(toPaymentJson(payment, "live"));
    expect(JSON.stringify((await only()).object)).toBe(text);
    const history = expectOk(await feed.listByPayment(tenant.id, payment.id, FIRST_PAGE));
    expect(JSON.stringify(history.events[0]?.object)).toBe(text);
  });

  it("has the mode of its client", async () => {
    await knex("clients").where({ id: tenant.id }).update({ mode: "test" });
    await pay();
    expect(await only()).toMatchObject({ mode: "test", object: { mode: "test" } });
  });

  it("loses its texts with the payment", async () => {
    await pay();
    await knex("payments").where({ client_id: tenant.id }).update({ description: null, metadata: "{}" });
    expect((await only()).object).toMatchObject({ description: null, metadata: {} });
  });

  it("is in the history of the payment for as long as in the feed", async () => {
    const payment = tenant.payment({ createdAt: new Date("2026-01-01") });
    expectOk(await payments.create(payment, tenant.credential, null, "live"));
    const historyAt = async (time: number) => {
      const later = new KnexEventFeed(knex, { clock: new FixedClock(new Date(time)) });
      return expectOk(await later.listByPayment(tenant.id, payment.id, FIRST_PAGE)).events;
    };
    const end = payment.createdAt.getTime() + EVENT_RETENTION_MS;
    expect(await historyAt(end)).toHaveLength(1);
    expect(await historyAt(end + 1)).toEqual([]);
  });

  it("is skipped when the payment was deleted by hand, and the reader goes on", async () => {
    const [deleted, kept] = [await pay(), await pay()];
    await knex("payments").where({ id: deleted }).delete();
    await untilEventsVisible(knex);
    expect(await follow(1, () => true)).toEqual([kept]);
  });
});

describe("a database that was restored into another cluster", () => {
  it("continues above every position that a reader may hold", async () => {
    await pay();
    // The other cluster had executed more transactions than this one.
    await knex.raw("update events set position = position + 5000000000");
    await knex.raw("update event_positions set system_identifier = 1");
    const before = { position: 5_000_000_000n + 2n ** 39n, id: "evt_00000000000000000000000000" as never };
    await Promise.all([keepEventPositions(knex), keepEventPositions(knex)]);
    const id = await pay();
    await untilEventsVisible(knex);
    const { events } = expectOk(
      await new KnexEventFeed(knex, { clock: { now: () => new Date(Date.now() + 1e12) } }).list(tenant.id, {
        limit: 10,
        after: before,
      }),
    );
    expect(events.map((event) => toUuid(event.id))).toEqual([id]);
    expect(await read()).toHaveLength(2);
  });

  it("gives payments that wait for the new base a position above it", async () => {
    await Promise.all([pay(), pay()]);
    await pay();
    const raising = await openTransaction(knex);
    await raising.raw("lock table event_positions in access exclusive mode");
    await raising.raw("update event_positions set base = base + 1000000000");
    const waiting = pay();
    await until("the payment waits", async () => {
      const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      return (await knex.raw(waiting)).rows.length > 0;
    });
    await raising.commit();
    const id = await waiting;
    const { rows } = await knex.raw("select position from events where id = ?", [id]);
    expect(BigInt(rows[0].position)).toBeGreaterThan(1_000_000_000n);
  });

  it("changes nothing in the same cluster", async () => {
    const positions = () => knex("event_positions").first();
    const before = await positions();
    await keepEventPositions(knex);
    expect(await positions()).toEqual(before);
  });
});

describe("old events", () => {
  it("are deleted, and newer ones and other clients' stay", async () => {
    const other = await createTenant(knex);
    for (let count = 0; count < 120; count++) await pay();
    expectOk(await payments.create(other.payment(), other.credential, null, "live"));
    const kept = await pay();
    const set = "update events set created_at = now() - ? * interval '1 millisecond'";
    await knex.raw(set, [EVENT_RETENTION_MS - 60_000]);
    await knex.raw(`${set} where client_id = ? and id <> ?`, [EVENT_RETENTION_MS, tenant.id, kept]);
    expect(await deleteEventsOlderThan(knex, EVENT_RETENTION_MS)).toBe(120);
    await untilEventsVisible(knex);
    expect(await read()).toEqual([kept]);
    expect(await knex("events").where({ client_id: other.id })).toHaveLength(1);
    expect(await deleteEventsOlderThan(knex, EVENT_RETENTION_MS)).toBe(0);
  });
});
