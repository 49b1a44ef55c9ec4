import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { register, startDeliveringApi, startReceiver } from "../contenders/webhooks.mjs";
import { apiKey, clientId } from "../database/dataset.mjs";
import { storeEvents } from "../database/events.mjs";
import { seedClients } from "../database/seed.mjs";
import { generateLoad, requestFile } from "../load/load-generator.mjs";
import { sample } from "../measure/sample.mjs";
import { atLeast, atMost, ratios } from "../report/goals.mjs";

const CLIENTS = 20_000;
/** Each has an endpoint with 16 connections, so together they have as many connections as the loop. */
const RECEIVING = [0, 1, 2, 3];
const LOOP_CONNECTIONS = 64;
const BURST = 20_000;
const FILLING_BURSTS = 3;
const PAYING = { first: 10_000, count: 10_000 };
const PAYMENT_CONNECTIONS = 64;
/** More than are delivered while payments are measured. */
const BACKLOG = 20_000;
const ENDPOINTS = { first: 1_000, count: 1_000 };
const STREAM_INTERVAL_MS = 250;

export const title = "Webhooks";

export const expectedSeconds = ({ rounds, seconds, warmUpSeconds }) =>
  150 + rounds * (2 * seconds + warmUpSeconds + 8) + seconds;

const numbers = ({ first, count }) => Array.from({ length: count }, (_, index) => first + index);
const speed = ({ perSecond }) => perSecond;

/** Measures with the API's process. `load` returns the number of items. */
const measure = ({ server, api }, load) =>
  sample({
    nodePid: api.pid,
    postmaster: server.postmaster,
    async load() {
      const startedAtMs = performance.now();
      const { count, ...figures } = await load();
      return { count, perSecond: (count * 1_000) / (performance.now() - startedAtMs), faults: 0, ...figures };
    },
  });

const deliver = async ({ database, receiver }, count) => {
  await receiver.reset();
  await storeEvents(database, RECEIVING.map(clientId), count);
  return { count, received: receiver.received(count) };
};

/** The bodies of events, as they are delivered. */
const eventBodies = async (api, database, client) => {
  await storeEvents(database, [clientId(client)], 100);
  const response = await fetch(`${api.url}/events?limit=100`, { headers: { "x-api-key": apiKey(client) } });
  return (await response.json()).data.map((event) => JSON.stringify(event));
};

/** Deliveries of a burst, between two runs of a loop that posts the same bodies. */
const bursts = async (world, progress) => {
  const samples = {};
  const goals = [];
  for (const stage of ["first burst", "second burst", "after 100,000 deliveries"]) {
    if (stage.startsWith("after")) {
      for (let burst = 1; burst <= FILLING_BURSTS; burst++) {
        await progress.during(`more deliveries, ${burst} of ${FILLING_BURSTS}`, async () => {
          const { received } = await deliver(world, BURST);
          await received;
        });
      }
    }
    progress.begin(stage);
    const loop = () => world.receiver.loop({ file: world.bodies, count: BURST, connections: LOOP_CONNECTIONS });
    const loops = [await loop()];
    const { received } = await deliver(world, BURST);
    const own = await measure(world, async () => ({ count: (await received).count }));
    loops.push(await loop());
    samples[`API, ${stage}`] = [own];
    samples[`undici loop, ${stage}`] = loops;
    const share = loops.map((one) => own.perSecond / one.perSecond);
    goals.push(atLeast(`deliveries/s / requests/s of an undici loop, ${stage}`, share, 0.5));
    progress.end(`${Math.round(own.perSecond).toLocaleString("en")}/s`);
  }
  return { name: `bursts of ${BURST.toLocaleString("en")} events`, samples, goals };
};

/** Payments with and without a backlog of deliveries. */
const besidePayments = async (world, progress, { rounds, seconds, warmUpSeconds }) => {
  const { server, api, database, receiver } = world;
  const file = requestFile(server.workDirectory, "webhooks", numbers(PAYING).map(apiKey));
  const url = `${api.url}/payments/create`;
  const pay = (forSeconds) =>
    generateLoad({ kind: "payments", url, connections: PAYMENT_CONNECTIONS, file, seconds: forSeconds });
  const samples = { "payments alone": [], "payments beside deliveries": [], "deliveries beside payments": [] };
  await pay(warmUpSeconds);
  for (let round = 1; round <= rounds; round++) {
    progress.begin(`round ${round} of ${rounds}: payments beside deliveries`);
    samples["payments alone"].push(await measure(world, () => pay(seconds)));
    const { received } = await deliver({ database, receiver }, BACKLOG);
    samples["payments beside deliveries"].push(await measure(world, () => pay(seconds)));
    const { count } = await receiver.report();
    samples["deliveries beside payments"].push({ count, perSecond: count / seconds, faults: count < BACKLOG ? 0 : 1 });
    await received;
    progress.end(`${Math.round(speed(samples["payments beside deliveries"].at(-1))).toLocaleString("en")}/s`);
  }
  const kept = ratios(samples["payments beside deliveries"], samples["payments alone"], speed);
  const goals = [atLeast("payments/s beside deliveries / alone, 64 connections", kept, 0.8)];
  return { name: "payments beside deliveries", samples, goals };
};

/** A stream of events to 1,000 endpoints. The first one never answers. */
const silentEndpoint = async (world, progress, { seconds }) => {
  const { api, database, receiver } = world;
  const clients = numbers(ENDPOINTS);
  const [silent, ...others] = clients;
  await progress.during(`registering ${clients.length.toLocaleString("en")} endpoints`, async () => {
    await register(api, silent, `${receiver.url}/silent`);
    for (const client of others) await register(api, client, `${receiver.url}/hook`);
  });
  progress.begin("one of 1,000 endpoints never answers");
  await receiver.reset();
  const stream = async () => {
    let count = 0;
    const endsAtMs = performance.now() + seconds * 1_000;
    for (let turn = 0; performance.now() < endsAtMs; turn++) {
      const quarter = others.filter((_, index) => index % 4 === turn % 4);
      await storeEvents(database, [silent, ...quarter].map(clientId), quarter.length + 1);
      count += quarter.length;
      await sleep(STREAM_INTERVAL_MS);
    }
    return receiver.received(count);
  };
  const own = await measure(world, stream);
  progress.end(`p99 ${Math.round(own.p99Ms)} ms`);
  const goals = [atMost("p99 from event to receiver in ms, one of 1,000 endpoints never answers", [own.p99Ms], 2_000)];
  return { name: "1,000 endpoints, one never answers", samples: { "API, time to the receiver": [own] }, goals };
};

/** Deliveries/s against a bare loop, beside payments, and with an endpoint that never answers. */
export const run = async ({ server, progress, options }) => {
  const database = await server.create("webhooks");
  await progress.during(`seeding ${CLIENTS.toLocaleString("en")} clients`, () => seedClients(database.url, CLIENTS));
  const receiver = await startReceiver(server.workDirectory);
  const api = await startDeliveringApi(database.url, receiver);
  try {
    const bodies = join(server.workDirectory, "bodies.json");
    writeFileSync(bodies, (await eventBodies(api, database, RECEIVING[0])).join("\n"));
    for (const client of RECEIVING) await register(api, client, `${receiver.url}/hook`);
    const world = { server, database, receiver, api, bodies };
    return [
      await bursts(world, progress),
      await besidePayments(world, progress, options),
      await silentEndpoint(world, progress, options),
    ];
  } finally {
    await api.stop();
    await receiver.stop();
  }
};
