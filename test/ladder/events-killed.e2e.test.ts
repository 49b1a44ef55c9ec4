import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { createKnex, type Knex } from "@payments/adapters-postgres";
import type { TestClient } from "../support/api-caller.ts";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { untilEventsAreBelowHorizon } from "../support/insert-event.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { Chargers } from "./support/chargers.ts";
import { countUnresolved } from "./support/charges.ts";
import { clientOf } from "./support/client-of.ts";
import { eventGaps } from "./support/event-gaps.ts";
import { startEventReceiver } from "./support/event-receiver.ts";
import { followFeed, storedEvents } from "./support/feed.ts";
import { guarantee } from "./support/guarantee.ts";
import { holdTable } from "./support/held-table.ts";
import { Ledger } from "./support/ledger.ts";
import { type OwnPostgres, startOwnPostgres } from "./support/own-postgres.ts";
import { Payers } from "./support/payers.ts";
import { createWebhookSetting, registerEndpoint } from "./support/webhook-setting.ts";

const using = undoAfterEach();

const CONNECTIONS = 6;
const SETTLE_TIMEOUT_MS = 120_000;
const CHARGE = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa" };

/** The leases of a dead process end within a minute. To deliver in every round, the row does not wait for that. */
const endLeases = async (knex: Knex): Promise<void> => {
  await until("the leases end", async () => {
    try {
      await knex.raw("update webhook_endpoints set lease_ends_at = '-infinity'");
      await knex.raw("update payment_operations set lease_ends_at = clock_timestamp() where lease_ends_at is not null");
      return true;
    } catch {
      return false; // a connection of the pool ended with the server
    }
  });
};

/** Kills the service while the statement of the request waits to write its event. */
const killAtEvent = async (knex: Knex, api: ApiProcess, send: () => Promise<unknown>): Promise<void> => {
  const held = await holdTable(knex, "events", using);
  const lost = send().catch(() => null);
  await until("a statement waits for the events", held.isWaitedFor);
  await api.end("SIGKILL");
  await held.release();
  await lost;
  await api.restart();
};

/** Refunds charged payments and changes the client, over and over. */
const changeOthers = async (api: ApiProcess, client: TestClient, chargers: Chargers, isOver: () => boolean) => {
  const caller = clientOf(api.url, client, 2);
  const acknowledged = { refunds: 0, clientChanges: 0 };
  for (let round = 1; !isOver(); round++, await sleep(20)) {
    const captured = chargers.told.filter(({ status }) => status === "succeeded").at(-1);
    if (captured !== undefined) {
      const headers = { "idempotency-key": `refund-${round}` };
      const path = `/payments/${captured.id}/refunds`;
      const refund = await caller.request(path, { method: "POST", headers, body: { amount: 1 } }).catch(() => null);
      if (refund?.status === 201) acknowledged.refunds += 1;
    }
    const change = api.asAdmin("PATCH", `/accounts/${client.id}`, { name: `Acme ${round}` });
    if ((await change.catch(() => null))?.status === 200) acknowledged.clientChanges += 1;
  }
  caller.close();
  return acknowledged;
};

const killService = async (api: ApiProcess, knex: Knex): Promise<void> => {
  await api.end("SIGKILL");
  await endLeases(knex);
  await api.restart();
};

const killDatabase = async (postgres: OwnPostgres, knex: Knex): Promise<void> => {
  await postgres.die("SIGKILL");
  await postgres.restart();
  await endLeases(knex);
};

guarantee(
  {
    id: "events-killed",
    says: "kill -9 of the service and of PostgreSQL at random under payments, charges, captures, refunds and client changes: the feed has every committed change exactly once, with sequences without gaps. The receiver gets each event at least once, under one webhook-id. Nothing is delivered for a change that did not commit.",
    covers: "ASVS 5.0 2.3.3, 16.5.3 / CWE-362, CWE-460, CWE-703",
    short: { rounds: 6 },
    long: { rounds: 200 },
  },
  async ({ rounds }, { progress }) => {
    const setting = using(await createWebhookSetting(), (own) => own.remove());
    const postgres = using(await startOwnPostgres(), (own) => own.remove());
    const api = using(await startApi(postgres.url, { ...setting.variables }), (started) => started.end("SIGKILL"));
    const knex = using(createKnex({ connectionString: postgres.url }), (own) => own.destroy());
    const enroll = async (mode: "live" | "test") => {
      const client = await api.createClient(mode);
      const receiver = using(await startEventReceiver(setting.certificate), (own) => own.close());
      receiver.trust((await registerEndpoint(api, client, { url: receiver.url })).secret);
      return { client, receiver, caller: using(clientOf(api.url, client), (own) => own.close()) };
    };
    // Payments of a live client are recorded, those of a test client are charged.
    const [live, test] = [await enroll("live"), await enroll("test")];
    const tenants = [live, test];
    const charge = (capture: string) =>
      test.caller.request("/payments/create", { method: "POST", body: { ...CHARGE, capture } });

    await killAtEvent(knex, api, () => live.caller.pay({ name: "recorded" }));
    await killAtEvent(knex, api, () => charge("automatic"));
    const { id } = JSON.parse((await charge("manual")).body);
    await killAtEvent(knex, api, () => test.caller.request(`/payments/${id}/capture`, { method: "POST", body: {} }));
    await endLeases(knex);

    let [isChanging, isOver] = [true, false];
    const reading = tenants.map(({ caller }) => followFeed(caller.request, 50, () => isOver));
    for (const reader of reading) reader.catch(() => undefined);
    const acknowledged = new Set<string>();
    const payers = using(
      new Payers({
        url: api.url,
        apiKey: live.client.apiKey,
        ledger: new Ledger(),
        connections: CONNECTIONS,
        onReply: (reply) => reply.status === 201 && acknowledged.add(JSON.parse(reply.body).id),
      }),
      (running) => running.abandon(),
    );
    const chargers = using(new Chargers(api.url, test.client, CONNECTIONS), (running) => running.abandon());
    const changing = using(
      changeOthers(api, test.client, chargers, () => !isChanging),
      () => {
        isChanging = false;
      },
    );
    const killed = { service: 3, database: 0 };
    for (let round = 1; round <= rounds; round++) {
      const before = tenants.map(({ receiver }) => receiver.received.size);
      await until("changes are delivered to both clients", () =>
        tenants.every(({ receiver }, index) => receiver.received.size > (before[index] ?? 0)),
      );
      await sleep(Math.random() * 400);
      const victim = round % 2 === 1 ? "service" : "database";
      await (victim === "service" ? killService(api, knex) : killDatabase(postgres, knex));
      killed[victim] += 1;
      progress(`${round} of ${rounds} kills, ${test.receiver.received.size} events of charges received`);
    }
    await payers.stop();
    await chargers.stop();
    isChanging = false;
    const others = await changing;
    await endLeases(knex);
    await until("all operations are settled", async () => (await countUnresolved(knex)) === 0, SETTLE_TIMEOUT_MS);
    await untilEventsAreBelowHorizon(knex);
    isOver = true;

    const { changes, gaps } = await eventGaps(knex);
    expect(gaps).toEqual([]);
    const told = new Set([...acknowledged, ...chargers.told.map((payment) => payment.id)]);
    let [events, repeated] = [0, 0];
    for (const [index, { client, caller, receiver }] of tenants.entries()) {
      const stored = await storedEvents(knex, client.id);
      expect(await reading[index]).toEqual(stored);
      expect(await followFeed(caller.request, 100, () => true)).toEqual(stored);
      const isDelivered = () => stored.every((event) => receiver.received.has(event.id));
      await until("every event is delivered", isDelivered, SETTLE_TIMEOUT_MS);
      expect([...receiver.received.keys()].toSorted()).toEqual(stored.map((event) => event.id).toSorted());
      expect(stored.filter((event) => receiver.received.get(event.id)?.body !== JSON.stringify(event))).toEqual([]);
      expect(receiver.faults).toEqual([]);
      for (const { data } of stored) told.delete(Reflect.get(data.object, "id"));
      events += stored.length;
      repeated += [...receiver.received.values()].filter(({ copies }) => copies > 1).length;
    }
    expect(events).toBe(changes);
    expect([...told]).toEqual([]);
    expect([chargers.unexpected, others.refunds > 0, others.clientChanges > 0]).toEqual([[], true, true]);
    return `${killed.service} kills of the service and ${killed.database} of PostgreSQL: ${events} events of ${changes} changes, each once in the feed; all received, ${repeated} more than once, 0 of uncommitted changes`;
  },
);
