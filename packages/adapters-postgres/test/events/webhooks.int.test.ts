import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ClientEvent,
  type ClientId,
  createEventId,
  type Mode,
  rehydrateEvent,
  rehydratePaymentId,
  SERVICE,
  toPaymentJson,
  toUuid,
} from "@payments/domain";
import {
  anEvent,
  aWebhookEndpoint,
  expectOk,
  SequentialIds,
  webhookDeliveriesContract,
  webhookEndpointRepositoryContract,
} from "@payments/domain/testing";
import { insertEvent, untilEventsAreBelowHorizon } from "../../../../test/support/insert-event.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import {
  bucketOf,
  KnexPaymentRepository,
  KnexWebhookDeliveries,
  KnexWebhookEndpointRepository,
} from "../../src/index.ts";
import { createTenant } from "../support/tenant.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const untilVisible = (): Promise<void> => untilEventsAreBelowHorizon(database.knex);

const setUp = async (clients: readonly ClientId[]) => {
  const { knex } = database;
  await knex.raw("truncate clients, events, webhook_endpoints, webhook_deliveries, webhook_attempts");
  for (const id of clients) await createTenant(knex, id);
  return {
    endpoints: new KnexWebhookEndpointRepository(knex),
    deliveries: new KnexWebhookDeliveries(knex),
    audited: async (clientId: ClientId) => {
      const rows = await knex("audit_events").where({ client_id: clientId }).orderBy("sequence");
      return rows.map(({ type }) => type).filter((type) => type.startsWith("webhook-"));
    },
    store: async (event: ClientEvent) => {
      await insertEvent(knex, event);
      await untilVisible();
    },
    events: async (clientId: ClientId) => {
      const rows = await knex("events").where({ client_id: clientId }).orderBy(["position", "id"]);
      return rows.map((row) =>
        rehydrateEvent({
          uuid: row.id,
          clientId: row.client_id,
          type: row.type,
          mode: row.mode as Mode,
          paymentId: row.payment_id === null ? null : rehydratePaymentId(row.payment_id),
          sequence: row.sequence,
          object: row.object,
          createdAt: row.created_at,
        }),
      );
    },
    pass: async (milliseconds: number) => {
      await knex.raw(
        `update webhook_endpoints set lease_ends_at = lease_ends_at - interval '1 millisecond' * :milliseconds,
          former_secret_ends_at = former_secret_ends_at - interval '1 millisecond' * :milliseconds`,
        { milliseconds },
      );
      await knex.raw("update webhook_deliveries set next_attempt_at = next_attempt_at - ? * interval '1 millisecond'", [
        milliseconds,
      ]);
    },
  };
};

webhookEndpointRepositoryContract(setUp);
webhookDeliveriesContract(setUp);

describe("KnexWebhookDeliveries", () => {
  const client = "client-1" as ClientId;
  const ids = new SequentialIds();
  const deliveries = () => new KnexWebhookDeliveries(database.knex);
  beforeEach(async () => {
    await setUp([client]);
  });

  it("delivers an event whose transaction commits after that of a younger event, and skips none", async () => {
    const endpoint = aWebhookEndpoint({ uuid: ids.next(), clientId: client });
    expectOk(await new KnexWebhookEndpointRepository(database.knex).create(endpoint, SERVICE));
    const [slow, fast] = [
      anEvent({ uuid: ids.next(), clientId: client }),
      anEvent({ uuid: ids.next(), clientId: client }),
    ];
    const claimed = async (): Promise<readonly string[]> => {
      const turns = expectOk(await deliveries().claim("healthy", 1, 10, 0));
      return turns.flatMap((turn) => turn.deliveries.map(({ id }) => id));
    };
    const trx = await database.knex.transaction();
    await insertEvent(trx, slow);
    await insertEvent(database.knex, fast);
    expect(await claimed()).toEqual([]);
    await trx.commit();
    await untilVisible();
    expect(await claimed()).toEqual([slow.id, fast.id]);
  });

  it("delivers the event of a recorded payment, byte for byte as its response", async () => {
    const tenant = await createTenant(database.knex);
    const endpoint = aWebhookEndpoint({ uuid: ids.next(), clientId: tenant.id });
    expectOk(await new KnexWebhookEndpointRepository(database.knex).create(endpoint, SERVICE));
    const payment = tenant.payment({ description: 'Invoice "42"', metadata: { b: "1", a: "2" } });
    expectOk(await new KnexPaymentRepository(database.knex).create(payment, tenant.credential, null, "live"));
    await untilVisible();
    const [turn] = expectOk(await deliveries().claim("healthy", 1, 10, 0));
    const createdAt = payment.createdAt.toISOString();
    expect(turn?.deliveries.map(({ body }) => body)).toEqual([
      JSON.stringify({
        id: createEventId(toUuid(payment.id)),
        type: "payment.created",
        createdAt,
        mode: "live",
        sequence: 1,
        data: { object: toPaymentJson(payment, "live") },
      }),
    ]);
  });

  it("creates each delivery once, however many processes follow the feed while transactions commit", async () => {
    const endpoints = [1, 2, 3].map(() => aWebhookEndpoint({ uuid: ids.next(), clientId: client }));
    const repository = new KnexWebhookEndpointRepository(database.knex);
    for (const endpoint of endpoints) expectOk(await repository.create(endpoint, SERVICE));
    const received = new Map<string, string[]>(endpoints.map(({ id }) => [id, []]));
    let isWriting = true;
    const written: string[] = [];
    const write = async (): Promise<void> => {
      for (let count = 0; count < 40; count++) {
        const event = anEvent({ uuid: ids.next(), clientId: client });
        await database.knex.transaction(async (trx) => {
          await insertEvent(trx, event);
          await trx.raw("select pg_sleep(random() * 0.01)");
        });
        written.push(event.id);
      }
    };
    const total = () => [...received.values()].flat().length;
    const follow = async (): Promise<void> => {
      while (isWriting || total() < written.length * endpoints.length) {
        for (const turn of expectOk(await deliveries().claim("healthy", 2, 7, 60_000))) {
          received.get(turn.endpoint.id)?.push(...turn.deliveries.map(({ id }) => id));
          const attempted = turn.deliveries.map(({ id }) => ({
            id,
            attempt: { startedAt: new Date(), durationMs: 1, outcome: { type: "failed", reason: "timeout" } as const },
            next: { state: "succeeded", retryInMs: null } as const,
          }));
          expectOk(await deliveries().settle(turn, { attempted, condition: "healthy", disable: null }));
        }
      }
    };
    const writing = Promise.all([write(), write(), write()]).then(() => {
      isWriting = false;
    });
    await Promise.all([writing, follow(), follow()]);
    for (const { id } of endpoints) expect(received.get(id)?.toSorted()).toEqual(written.toSorted());
  });

  it("finds no work at an endpoint without reading its client's whole feed, also for the only client", async () => {
    await database.knex.raw(
      `insert into events (bucket, client_id, position, id, type, mode, object, created_at)
      select ?, ?, n, gen_random_uuid(), 'payment.created', 'live', '{}', now() from generate_series(1, 20000) n`,
      [bucketOf(client), client] as never,
    );
    await database.knex.raw("update event_positions set base = base + 20000");
    const endpoint = aWebhookEndpoint({ uuid: ids.next(), clientId: client });
    expectOk(await new KnexWebhookEndpointRepository(database.knex).create(endpoint, SERVICE));
    await database.knex.raw("analyze events, webhook_endpoints");
    const read = await database.knex.transaction(async (trx) => {
      expect(expectOk(await new KnexWebhookDeliveries(trx).claim("healthy", 1, 10, 0))).toEqual([]);
      const { rows } = await trx.raw(
        "select seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_user_tables where relname = 'events'",
      );
      return Number(rows[0].rows);
    });
    // The endpoints of other tests have feeds of a few hundred events, which the planner may read whole.
    expect(read).toBeLessThan(1_000);
  });

  it("starts a replay of a long feed at its time, with few statements, and keeps new events first", async () => {
    const repository = new KnexWebhookEndpointRepository(database.knex);
    const began = new Date("2026-01-01T00:00:00Z").getTime();
    await database.knex.raw(
      `insert into events (bucket, client_id, position, id, type, mode, object, created_at)
      select ?, ?, n, gen_random_uuid(), 'payment.created', 'live', '{}', to_timestamp(?::double precision + n)
      from generate_series(1, 20000) n`,
      [bucketOf(client), client, began / 1_000] as never,
    );
    await database.knex.raw("update event_positions set base = base + 20000");
    const endpoint = aWebhookEndpoint({ uuid: ids.next(), clientId: client });
    expectOk(await repository.create(endpoint, SERVICE));
    expect(expectOk(await deliveries().claim("healthy", 1, 10, 0))).toEqual([]);
    let statements = 0;
    const count = () => {
      statements += 1;
    };
    database.knex.client.on("query", count);
    expectOk(await deliveries().replay(client, endpoint.id, new Date(began + 19_900_000)));
    database.knex.client.off("query", count);
    expect(statements).toBeLessThan(60);
    const live = anEvent({ uuid: ids.next(), clientId: client, createdAt: new Date() });
    let replayed = 0;
    for (let turn = 0; turn < 40 && replayed < 102; turn++) {
      if (turn === 3) {
        await insertEvent(database.knex, live);
        await untilVisible();
      }
      const [found] = expectOk(await deliveries().claim("healthy", 1, 10, 60_000));
      if (found === undefined) break;
      if (turn === 3) expect(found.deliveries.map(({ id }) => id)).toContain(live.id);
      replayed += found.deliveries.length;
      const attempted = found.deliveries.map(({ id }) => ({
        id,
        attempt: { startedAt: new Date(), durationMs: 1, outcome: { type: "failed", reason: "timeout" } as const },
        next: { state: "succeeded", retryInMs: null } as const,
      }));
      expectOk(await deliveries().settle(found, { attempted, condition: "healthy", disable: null }));
    }
    expect(replayed).toBe(102);
    expect(expectOk(await deliveries().claim("healthy", 1, 10, 0))).toEqual([]);
  });
});
