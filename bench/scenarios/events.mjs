import { createEventId, rehydratePaymentId } from "@payments/domain";
import { startApi, WITHOUT_LIMITS } from "../contenders/servers.mjs";
import { checkpoint, emptyPayments, query } from "../database/bench-server.mjs";
import { apiKey } from "../database/dataset.mjs";
import { eventsAt, READER, seedFeed } from "../database/feed.mjs";
import { seedClients } from "../database/seed.mjs";
import { generateLoad, requestFile } from "../load/load-generator.mjs";
import { interleave, warmUp } from "../measure/interleave.mjs";
import { atMost, ratios } from "../report/goals.mjs";

const CLIENTS = 10_000;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 6;

const FEW = 10_000;
const MANY = 10_000_000;
/** Seeding ten million takes minutes. */
const MANY_SHORT = 300_000;
const READING_CONNECTIONS = 4;
const PAGE = 100;
const CURSORS = 1_000;

export const title = "Events";

export const expectedSeconds = ({ rounds, seconds, warmUpSeconds, short }) =>
  (short ? 30 : 400) + 2 * WARM_UP_SECONDS + 8 * warmUpSeconds + 10 * rounds * (seconds + warmUpSeconds + 0.5);

/**
 * Replaces `create_payments` by one that stores no events. Node does the same for a recorded payment with and without
 * events, so the comparison includes everything that an event costs.
 */
const storeNoEvents = async ({ url }) => {
  const [{ definition }] = await query(url, "select pg_get_functiondef('create_payments'::regproc) as definition");
  const replaced = definition.replaceAll(/, announced as \([^;]*?where recorded\s*\)/g, "");
  if (/announced|events/.test(replaced)) throw new Error("create_payments still stores events");
  await query(url, replaced);
};

/** Unlike the time, it hardly depends on the machine's other work. */
const cpu = ({ nodeMicroseconds, postgresMicroseconds }) => nodeMicroseconds + postgresMicroseconds;

const WITH = "recording with events";
const WITHOUT = "recording without events";

/** The CPU of a recorded payment with its event and without. */
const recordingPart = async ({ server, progress, options }) => {
  const databases = { [WITH]: await server.create("events"), [WITHOUT]: await server.create("no_events") };
  await storeNoEvents(databases[WITHOUT]);
  const keys = Array.from({ length: CLIENTS }, (_, index) => apiKey(index));
  const file = requestFile(server.workDirectory, "events", keys);
  const apis = [];
  const contenders = [];
  try {
    for (const [name, database] of Object.entries(databases)) {
      await progress.during(`seeding ${CLIENTS.toLocaleString("en")} clients`, () =>
        seedClients(database.url, CLIENTS),
      );
      const api = await startApi(database.url, { environment: WITHOUT_LIMITS });
      apis.push(api);
      const url = `${api.url}/payments/create`;
      contenders.push({
        name,
        nodePid: api.pid,
        prepare: () => emptyPayments(database),
        load: (seconds) => generateLoad({ kind: "payments", url, connections: CONNECTIONS, file, seconds }),
      });
    }
    const { rounds, seconds, warmUpSeconds } = options;
    await warmUp({ contenders, seconds: WARM_UP_SECONDS, progress });
    const measurement = { rounds, seconds, warmUpSeconds, postmaster: server.postmaster, progress };
    const samples = await interleave({ title: "events", contenders, ...measurement });
    const cost = ratios(samples[WITH], samples[WITHOUT], cpu);
    const goals = [atMost("CPU of a recorded payment with events / without", cost, 1.15)];
    return { name: `recording, ${CONNECTIONS} connections`, samples, goals };
  } finally {
    await Promise.all(apis.map((api) => api.stop()));
  }
};

const PLACES = ["first page", "page in the middle", "last page", "history of a payment"];

/** The requests for pages at three places of a feed, and for histories of payments. */
const requestsOf = async (database, count) => {
  const page = ({ id, position }) => `&after=${createEventId(id)}.${position}`;
  const spread = Array.from({ length: CURSORS }, (_, index) => 1 + Math.floor((index * (count - 1)) / (CURSORS - 1)));
  const events = await eventsAt(database, spread);
  const [last] = await eventsAt(database, [count - PAGE]);
  const [first, middle, end] = [[""], events.slice(CURSORS / 4, -CURSORS / 4).map(page), [page(last)]];
  const pages = [first, middle, end].map((places) => places.map((after) => `/events?limit=${PAGE}${after}`));
  const histories = events.map(({ id }) => `/payments/${rehydratePaymentId(id)}/events`);
  return [...pages, histories].map((paths) => paths.map((path) => `${apiKey(READER)} ${path}`));
};

const nameOf = (place, count) => `${place}, ${count.toLocaleString("en")} events`;

/** Pages of a short feed and of a long one. */
const feedPart = async ({ server, progress, options }) => {
  const many = options.short ? MANY_SHORT : MANY;
  const apis = [];
  const contenders = [];
  try {
    for (const count of [FEW, many]) {
      const database = await server.create(`feed_${count}`);
      await seedClients(database.url, CLIENTS);
      await progress.during(`seeding ${count.toLocaleString("en")} events`, () => seedFeed(database, count));
      const api = await startApi(database.url, { environment: WITHOUT_LIMITS });
      apis.push(api);
      for (const [index, lines] of (await requestsOf(database, count)).entries()) {
        const file = requestFile(server.workDirectory, `feed-${count}-${index}`, lines);
        contenders.push({
          name: nameOf(PLACES[index], count),
          nodePid: api.pid,
          prepare: () => checkpoint(database),
          load: (seconds) =>
            generateLoad({ kind: "reads", url: api.url, connections: READING_CONNECTIONS, file, seconds }),
        });
      }
    }
    const { rounds, seconds, warmUpSeconds } = options;
    await warmUp({ contenders, seconds: warmUpSeconds, progress });
    const measurement = { rounds, seconds, warmUpSeconds, postmaster: server.postmaster, progress };
    const samples = await interleave({ title: "feed", contenders, ...measurement });
    const goals = PLACES.map((place) => {
      const cost = ratios(samples[nameOf(place, many)], samples[nameOf(place, FEW)], cpu);
      return atMost(`${place}: CPU with ${many.toLocaleString("en")} events / ${FEW.toLocaleString("en")}`, cost, 1.5);
    });
    return { name: `feed of one client, pages of ${PAGE}, ${READING_CONNECTIONS} connections`, samples, goals };
  } finally {
    await Promise.all(apis.map((api) => api.stop()));
  }
};

/** What an event costs when a payment is recorded, and what reading events costs when there are many. */
export const run = async (context) => [await recordingPart(context), await feedPart(context)];
