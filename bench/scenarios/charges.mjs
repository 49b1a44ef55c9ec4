import { startApi, startBareStripe, startStripe, stripeEnvironment } from "../contenders/servers.mjs";
import { checkpoint, countPayments, countSucceeded } from "../database/bench-server.mjs";
import { apiKey } from "../database/dataset.mjs";
import { seedClients } from "../database/seed.mjs";
import { generateLoad, requestFile } from "../load/load-generator.mjs";
import { interleave, warmUp } from "../measure/interleave.mjs";
import { atLeast, atMost, ratios } from "../report/goals.mjs";

/** The first half are live clients, whose payments are recorded. The other half are test clients. */
const CLIENTS = 20_000;
const FIRST_TEST_CLIENT = CLIENTS / 2;

const SANDBOX_CONNECTIONS = 64;
const STRIPE_CONNECTIONS = 1_000;
const STRIPE_LATENCY_MS = 300;
/** Long enough to compile both ways. */
const WARM_UP_SECONDS = 2;

export const title = "Charges";

/** The short form measures the sandbox only, once: CI has little time for it. */
const planOf = (options) => (options.short ? { ...options, rounds: 1, seconds: 2 } : options);

export const expectedSeconds = (options) => {
  const { short, rounds, seconds, warmUpSeconds } = planOf(options);
  return (short ? 1 : 2) * (2 + 2 * WARM_UP_SECONDS + 2 * rounds * (seconds + warmUpSeconds + 0.5));
};

const keysFrom = (first) => Array.from({ length: CLIENTS / 2 }, (_, index) => apiKey(first + index));

const speed = ({ perSecond }) => perSecond;

/**
 * Compares the acknowledged payments with those that `count` finds. Nothing is deleted between the measurements, because
 * the service still works on the payments of closed connections.
 */
const stored = (database, count) => {
  let before = 0;
  return {
    async prepare() {
      await checkpoint(database);
      before = await count(database);
    },
    countMissing: async (acknowledged) => Math.max(0, acknowledged - ((await count(database)) - before)),
  };
};

const measure = async ({ title: name, contenders, connections, goalsOf }, { server, progress, options }) => {
  const { rounds, seconds, warmUpSeconds } = options;
  await warmUp({ contenders, seconds: WARM_UP_SECONDS, progress });
  const measurement = { rounds, seconds, warmUpSeconds, postmaster: server.postmaster, progress };
  const samples = await interleave({ title: name, contenders, ...measurement });
  return { name, connections, samples, goals: goalsOf(samples) };
};

/** The sandbox, compared with payments that the same process only records. */
const sandboxPart = async (database, files, context) => {
  const api = await startApi(database.url);
  const load = (kind, file) => (seconds) =>
    generateLoad({ kind, url: `${api.url}/payments/create`, connections: SANDBOX_CONNECTIONS, seconds, file });
  const contenders = [
    {
      name: "charged in the sandbox",
      nodePid: api.pid,
      load: load("charges", files.test),
      ...stored(database, countSucceeded),
    },
    {
      name: "recorded only",
      nodePid: api.pid,
      load: load("payments", files.live),
      ...stored(database, countPayments),
    },
  ];
  const goalsOf = ({ "charged in the sandbox": charged, "recorded only": recorded }) => [
    atLeast("sandbox: payments/s / payments/s that are recorded only", ratios(charged, recorded, speed), 0.5),
  ];
  try {
    const name = `sandbox, ${SANDBOX_CONNECTIONS} connections`;
    return await measure({ title: name, contenders, connections: SANDBOX_CONNECTIONS, goalsOf }, context);
  } finally {
    await api.stop();
  }
};

/** The fake of Stripe, called by the service and by a bare Koa app with the same library. */
const stripePart = async (database, files, context) => {
  const stripe = await startStripe(STRIPE_LATENCY_MS);
  const servers = {
    api: await startApi(database.url, { environment: stripeEnvironment(stripe) }),
    bareKoa: await startBareStripe(stripe),
  };
  const load =
    ({ url }) =>
    (seconds) =>
      generateLoad({
        kind: "charges",
        url: `${url}/payments/create`,
        connections: STRIPE_CONNECTIONS,
        seconds,
        file: files.test,
      });
  const charges = stored(database, countSucceeded);
  const prepare = async () => {
    await stripe.forget();
    await charges.prepare();
  };
  const contenders = [
    {
      name: "charged by Stripe",
      nodePid: servers.api.pid,
      load: load(servers.api),
      ...charges,
      prepare,
    },
    { name: "bare Koa with Stripe's library", nodePid: servers.bareKoa.pid, load: load(servers.bareKoa), prepare },
  ];
  const goalsOf = ({ "charged by Stripe": charged, "bare Koa with Stripe's library": bare }) => [
    atLeast("Stripe in 300 ms: payments/s / requests/s of bare Koa", ratios(charged, bare, speed), 0.7),
    atMost(
      "Stripe in 300 ms: p99 - p99 of bare Koa, in ms",
      charged.map(({ p99Ms }, round) => p99Ms - bare[round].p99Ms),
      30,
    ),
  ];
  try {
    const name = `Stripe in ${STRIPE_LATENCY_MS} ms, ${STRIPE_CONNECTIONS} connections`;
    return await measure({ title: name, contenders, connections: STRIPE_CONNECTIONS, goalsOf }, context);
  } finally {
    await Promise.all([...Object.values(servers), stripe].map((one) => one.stop()));
  }
};

/** What charging a payment costs, in the sandbox and through Stripe. */
export const run = async ({ server, progress, options: given }) => {
  const options = planOf(given);
  const database = await server.create("charges");
  await progress.during(`seeding ${CLIENTS.toLocaleString("en")} clients`, () =>
    seedClients(database.url, CLIENTS, FIRST_TEST_CLIENT),
  );
  const files = {
    live: requestFile(server.workDirectory, "live", keysFrom(0)),
    test: requestFile(server.workDirectory, "test", keysFrom(FIRST_TEST_CLIENT)),
  };
  const context = { server, progress, options };
  const parts = [await sandboxPart(database, files, context)];
  if (!options.short) parts.push(await stripePart(database, files, context));
  return parts;
};
