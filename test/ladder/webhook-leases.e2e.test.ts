import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect } from "@jest/globals";
import { CONNECTIONS_PER_ENDPOINT, toUuid } from "@payments/domain";
import { Webhook } from "standardwebhooks";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { untilEventsAreBelowHorizon } from "../support/insert-event.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { clientOf } from "./support/client-of.ts";
import { type Answer, type EventReceiver, startEventReceiver } from "./support/event-receiver.ts";
import { storedEvents } from "./support/feed.ts";
import { guarantee } from "./support/guarantee.ts";
import { createWebhookSetting, registerEndpoint, type WebhookSetting } from "./support/webhook-setting.ts";

const using = undoAfterEach();

const PRELOAD = pathToFileURL(join(import.meta.dirname, "support/preload-clock.mjs")).href;
const HOUR_MS = 3_600_000;
/** A process that wakes later starts no further attempt in its turn. */
const AFTER_TURN_MS = 11_000;

interface Scene {
  readonly setting: WebhookSetting;
  readonly database: TestDatabase;
  readonly api: ApiProcess;
}

/** A client with one endpoint. */
const enroll = async ({ setting, database, api }: Scene, answer?: Answer) => {
  const client = await api.createClient();
  const receiver = using(await startEventReceiver(setting.certificate, answer), (own) => own.close());
  const endpoint = await registerEndpoint(api, client, { url: receiver.url });
  const caller = using(clientOf(api.url, client, 4), (own) => own.close());
  const pay = async (count: number): Promise<void> => {
    const paid = await Promise.all(Array.from({ length: count }, () => caller.pay({ name: "event" })));
    expect(new Set(paid.map(({ status }) => status))).toEqual(new Set([201]));
  };
  const turn = (status: "enabled" | "disabled") => caller.request(endpoint.path, { method: "PATCH", body: { status } });
  /** The next turn of the endpoint has all of these events. */
  const payForOneTurn = async (count: number): Promise<void> => {
    await turn("disabled");
    await pay(count);
    await untilEventsAreBelowHorizon(database.knex);
    await turn("enabled");
  };
  return { client, receiver, endpoint, pay, payForOneTurn };
};

/** Keeps each request without a response until `release`, and answers at once from then on. */
const holding = () => {
  let held: ServerResponse[] | null = [];
  const answer: Answer = (response) => (held === null ? response.end("ok") : held.push(response));
  return {
    answer,
    count: () => held?.length ?? 0,
    /** Answers the requests so far, and holds later ones. */
    answerHeld: () => held?.splice(0).map((response) => response.end("ok")),
    release: () => {
      held?.map((response) => response.end("ok"));
      held = null;
    },
  };
};

const untilAllReceived = async ({ database }: Scene, clientId: string, { received }: EventReceiver) => {
  const stored = await storedEvents(database.knex, clientId);
  await until("all events are received", () => stored.every(({ id }) => received.has(id)));
  await until("all deliveries are stored", async () => {
    const succeeded = await database.knex("webhook_deliveries").where({ client_id: clientId, state: "succeeded" });
    return succeeded.length === stored.length;
  });
  expect(received.size).toBe(stored.length);
};

/** A process that stops within a turn wakes after its lease, while another process holds the endpoint. */
const stoppedPastLease = async (scene: Scene, other: () => Promise<ApiProcess>, waitsForLease: boolean) => {
  const { api, database } = scene;
  const hold = holding();
  const { client, receiver, endpoint, payForOneTurn } = await enroll(scene, hold.answer);
  await payForOneTurn(3 * CONNECTIONS_PER_ENDPOINT);
  await until("the first process sends", () => hold.count() === CONNECTIONS_PER_ENDPOINT);
  const second = await other();
  api.signal("SIGSTOP");
  await sleep(AFTER_TURN_MS);
  expect(hold.count()).toBe(CONNECTIONS_PER_ENDPOINT); // the lease still holds
  hold.answerHeld();
  const leased = () => database.knex("webhook_endpoints").where({ id: toUuid(endpoint.id) });
  if (!waitsForLease) await leased().update({ lease_ends_at: "-infinity" });
  await until("the second process sends", () => hold.count() === CONNECTIONS_PER_ENDPOINT, 90_000);
  const before = await leased().first();
  api.signal("SIGCONT");
  await until("the first process stores its attempts", async () => {
    const attempted = await database
      .knex("webhook_deliveries")
      .where({ client_id: client.id })
      .whereNotNull("started_at");
    return attempted.length >= CONNECTIONS_PER_ENDPOINT;
  });
  await sleep(1_000);
  const after = await leased().first();
  expect([hold.count(), after.lease_ends_at, after.claimed_at]).toEqual([
    CONNECTIONS_PER_ENDPOINT,
    before.lease_ends_at,
    before.claimed_at,
  ]);
  hold.release();
  await untilAllReceived(scene, client.id, receiver);
  expect(receiver.faults).toEqual([]);
  return second;
};

const deletedDuringDelivery = async (scene: Scene): Promise<void> => {
  const { api, setting } = scene;
  const hold = holding();
  const { client, receiver, endpoint, pay, payForOneTurn } = await enroll(scene, hold.answer);
  const other = using(await startEventReceiver(setting.certificate), (own) => own.close());
  await registerEndpoint(api, client, { url: other.url });
  await payForOneTurn(3 * CONNECTIONS_PER_ENDPOINT);
  await until("the request is sent", () => hold.count() === CONNECTIONS_PER_ENDPOINT);
  const { status } = await api.request("DELETE", endpoint.path, { headers: { "x-api-key": client.apiKey } });
  expect(status).toBe(204);
  const sent = receiver.received.size;
  hold.release();
  await pay(5);
  const stored = await storedEvents(scene.database.knex, client.id);
  await until("the other endpoint has all events", () => stored.every(({ id }) => other.received.has(id)));
  // The turn in flight may end, and no other turn begins.
  await sleep(1_000);
  expect(receiver.received.size).toBeLessThanOrEqual(3 * CONNECTIONS_PER_ENDPOINT);
  expect(receiver.received.size).toBeGreaterThanOrEqual(sent);
};

const rotatedDuringDelivery = async (scene: Scene): Promise<number> => {
  const hold = holding();
  let secrets = { old: "", new: "" };
  const accepts = (secret: string, body: string, headers: Record<string, string>): boolean => {
    try {
      return new Webhook(secret).verify(body, headers) !== null;
    } catch {
      return false;
    }
  };
  let [rejected, unsigned] = [0, 0];
  const accepted = new Set<string>();
  /** A receiver that changes its secret at once. */
  const answer: Answer = (response, request, event) => {
    const headers = request.headers as Record<string, string>;
    const body = JSON.stringify(event);
    if (!accepts(secrets.old, body, headers)) unsigned += 1;
    if (secrets.new === "") hold.answer(response, request, event);
    else if (accepts(secrets.new, body, headers)) {
      accepted.add(event.id);
      response.end("ok");
    } else {
      rejected += 1;
      response.writeHead(401).end();
    }
  };
  const { client, receiver, endpoint, pay, payForOneTurn } = await enroll(scene, answer);
  secrets = { ...secrets, old: endpoint.secret };
  await payForOneTurn(3 * CONNECTIONS_PER_ENDPOINT);
  await until("the requests are sent", () => hold.count() === CONNECTIONS_PER_ENDPOINT);
  const headers = { "x-api-key": client.apiKey };
  const rotation = { headers, body: { overlapSeconds: 3_600 } };
  const { body } = await scene.api.request("POST", `${endpoint.path}/rotate-secret`, rotation);
  secrets = { ...secrets, new: body.secret };
  hold.release();
  await pay(5);
  await untilAllReceived(scene, client.id, receiver);
  expect(unsigned).toBe(0);
  expect(accepted.size).toBe(receiver.received.size - CONNECTIONS_PER_ENDPOINT);
  return rejected;
};

/** The clocks of both processes jump during attempts: one an hour ahead, one an hour back. */
const clocksJump = async (scene: Scene, processes: readonly ApiProcess[]): Promise<number> => {
  const hold = holding();
  const seen = new Set<string>();
  const answer: Answer = (response, request, event) => {
    if (seen.has(event.id)) response.end("ok");
    else {
      seen.add(event.id);
      hold.answer(response, request, event);
    }
  };
  const tenants = await Promise.all(Array.from({ length: 8 }, () => enroll(scene, answer)));
  for (const { pay } of tenants) await pay(1);
  await until("the requests are sent", () => hold.count() === tenants.length);
  for (const process of processes) process.signal("SIGUSR2");
  await sleep(200);
  hold.release();
  for (const { pay } of tenants) await pay(5);
  for (const { client, receiver } of tenants) await untilAllReceived(scene, client.id, receiver);
  const longest = await scene.database.knex("webhook_deliveries").max("duration_ms as ms").first();
  expect(longest?.["ms"]).toBeLessThan(60_000);
  return tenants.reduce((sum, { receiver }) => sum + receiver.received.size, 0);
};

guarantee(
  {
    id: "webhook-leases",
    says: "A process that stops for longer than its lease and goes on does not take the endpoint from the process that holds it now. After clocks jump by an hour, deliveries go on. A deleted endpoint gets nothing after the turn in flight. During the overlap of a rotation, receivers with either secret get every event.",
    covers: "ASVS 5.0 2.3.3, 15.4.2, 15.4.3 / CWE-362, CWE-367, CWE-667",
    short: { waitsForLease: false },
    long: { waitsForLease: true },
  },
  async ({ waitsForLease }, { progress }) => {
    const setting = using(await createWebhookSetting(), (own) => own.remove());
    const database = using(await createTestDatabase(), (created) => created.drop());
    const start = async (jumpMs: number): Promise<ApiProcess> => {
      const jump = { NODE_OPTIONS: `--import=${PRELOAD}`, LADDER_CLOCK_JUMP_MS: String(jumpMs) };
      return using(await startApi(database.url, { ...setting.variables, ...jump }), (own) => own.end("SIGKILL"));
    };
    const api = await start(HOUR_MS);
    const scene = { setting, database, api };
    const second = await stoppedPastLease(scene, () => start(-HOUR_MS), waitsForLease);
    progress("stopped past the lease");
    await deletedDuringDelivery(scene);
    progress("deleted");
    const rejected = await rotatedDuringDelivery(scene);
    progress("rotated");
    const jumped = await clocksJump(scene, [api, second]);
    expect([api.isRunning(), second.isRunning()]).toEqual([true, true]);
    return `one process at a time at a stopped process's endpoint; ${jumped} events across jumps of an hour ahead and back, all received; ${rejected} requests in flight at a rotation sent again`;
  },
);
