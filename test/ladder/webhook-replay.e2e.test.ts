import { expect } from "@jest/globals";
import { bucketOf, type Knex } from "@payments/adapters-postgres";
import { startApi } from "../support/api-process.ts";
import { untilEventsAreBelowHorizon } from "../support/insert-event.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { clientOf } from "./support/client-of.ts";
import { startEventReceiver } from "./support/event-receiver.ts";
import { storedEvents } from "./support/feed.ts";
import { guarantee } from "./support/guarantee.ts";
import { percentile } from "./support/steady-caller.ts";
import { SteadyPayments } from "./support/steady-payments.ts";
import { createWebhookSetting, registerEndpoint } from "./support/webhook-setting.ts";

const using = undoAfterEach();

const PAYMENT_INTERVAL_MS = 50;
const REPLAY_TIMEOUT_MS = 1_800_000;
const EVENTS_PER_STATEMENT = 10_000;

/** Events of the last hour, without their payments. */
const insertEvents = async (knex: Knex, clientId: string, count: number): Promise<void> => {
  for (let left = count; left > 0; left -= EVENTS_PER_STATEMENT) {
    await knex.raw(
      `insert into events (bucket, client_id, position, id, type, mode, object, created_at)
      select ?, ?, event_position(), gen_random_uuid(), 'payment.created', 'live',
        '{"id":"earlier","amount":1250,"currency":"EUR","description":"Invoice 42"}',
        clock_timestamp() - number * interval '10 milliseconds'
      from generate_series(1, ?) as number`,
      [bucketOf(clientId), clientId, Math.min(left, EVENTS_PER_STATEMENT)],
    );
  }
};

guarantee(
  {
    id: "webhook-replay",
    says: "While 100,000 earlier events are replayed to an endpoint, it gets every new event with a p99 under 2 s. Every event of the replay arrives.",
    covers: "ASVS 5.0 13.1.2, 15.2.2 / CWE-400, CWE-770",
    short: { events: 2_000 },
    long: { events: 100_000 },
  },
  async ({ events }, { progress, allowed }) => {
    const setting = using(await createWebhookSetting(), (own) => own.remove());
    const receiver = using(await startEventReceiver(setting.certificate), (own) => own.close());
    const database = using(await createTestDatabase(), (created) => created.drop());
    const apis = await Promise.all([1, 2].map(() => startApi(database.url, { ...setting.variables })));
    using(apis, (both) => Promise.all(both.map((own) => own.end("SIGKILL"))));
    const api = apis[0] as (typeof apis)[number];
    const client = await api.createClient();
    await insertEvents(database.knex, client.id, events);
    await untilEventsAreBelowHorizon(database.knex);
    const { path, secret } = await registerEndpoint(api, client, { url: receiver.url });
    receiver.trust(secret);
    const payments = apis.map(({ url }) => {
      const caller = using(clientOf(url, client), (own) => own.close());
      return using(new SteadyPayments(caller, PAYMENT_INTERVAL_MS), (own) => own.stop());
    });
    await until("a new event is received", () => receiver.received.size > 0);
    const body = { since: new Date(Date.now() - 3_600_000).toISOString() };
    const started = performance.now();
    const { status } = await api.request("POST", `${path}/replay`, { body, headers: { "x-api-key": client.apiKey } });
    expect(status).toBe(204);
    const isReplayed = () => receiver.received.size >= events;
    await until("the earlier events are received", isReplayed, REPLAY_TIMEOUT_MS);
    const rate = Math.round((1_000 * events) / (performance.now() - started));
    progress(`${rate} events a second`);
    let acknowledged = 0;
    for (const own of payments) acknowledged += await own.stop();
    const stored = await storedEvents(database.knex, client.id);
    await until(
      "every event is received",
      () => stored.every(({ id }) => receiver.received.has(id)),
      REPLAY_TIMEOUT_MS,
    );
    expect([receiver.received.size, receiver.faults]).toEqual([stored.length, []]);
    const live = [...receiver.received.values()].filter(
      ({ event }) => Reflect.get(event.data.object, "id") !== "earlier",
    );
    expect(live.length).toBeGreaterThanOrEqual(acknowledged);
    const delays = live.map(({ at, event }) => at - Date.parse(event.createdAt));
    const p99 = percentile(0.99, delays);
    expect(p99).toBeLessThan(allowed(2_000));
    return `${events} events replayed, ${rate} a second; ${live.length} new ones beside them, all received, p99 ${p99} ms, at most ${Math.max(...delays)} ms`;
  },
);
