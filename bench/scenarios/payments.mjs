import { paymentContenders } from "../contenders/payment-contenders.mjs";
import { startApi, startBareKoa, startBaseline } from "../contenders/servers.mjs";
import { apiKey } from "../database/dataset.mjs";
import { seedClients } from "../database/seed.mjs";
import { requestFile } from "../load/load-generator.mjs";
import { interleave, warmUp } from "../measure/interleave.mjs";
import { atLeast, atMost, ratios } from "../report/goals.mjs";

const CLIENTS = 100_000;
/** The paying clients: thousands of keys, so that caching a few of them gains nothing. */
const PAYING = { first: 2, last: 10_001 };

/** Long enough for every paying client to pay once, because only its first payment looks up its key. */
const FIRST_PAYMENTS_SECONDS = 12;

const payingKeys = () =>
  Array.from({ length: PAYING.last - PAYING.first + 1 }, (_, index) => apiKey(PAYING.first + index));

export const title = "Payments stored";

export const expectedSeconds = ({ connections, rounds, seconds, warmUpSeconds }) =>
  12 + FIRST_PAYMENTS_SECONDS + connections.length * 4 * rounds * (seconds + warmUpSeconds + 0.5);

const goalsOf = (inserts, samples, connections) => {
  const { API: api, "bare Koa": bareKoa, baseline, [inserts]: limit } = samples;
  const speed = ({ perSecond }) => perSecond;
  const of = (other) => ratios(api, other, speed);
  const at = `at ${connections} connection${connections === 1 ? "" : "s"}`;
  if (connections === 1) {
    const alone = api.map(({ p50Ms }, round) => p50Ms / (limit[round].p50Ms + bareKoa[round].p50Ms));
    return [atMost(`${at}: p50 / (p50 of ${inserts} + p50 of bare Koa)`, alone, 1.5)];
  }
  const goals = {
    64: () => [
      atLeast(`${at}: payments/s / ${inserts}'s rows/s`, of(limit), 1, 1.5),
      atLeast(`${at}: payments/s / bare Koa's requests/s`, of(bareKoa), 0.45, 0.6),
      atLeast(`${at}: payments/s / baseline's payments/s`, of(baseline), 5),
      atMost(
        `${at}: p99 / p50`,
        api.map(({ p50Ms, p99Ms }) => p99Ms / p50Ms),
        3,
      ),
    ],
    256: () => [
      atLeast(`${at}: payments/s / ${inserts}'s rows/s`, of(limit), 1.3, 2),
      atMost(
        `${at}: resident memory of node in MB`,
        api.map(({ rssMb }) => rssMb),
        200,
      ),
    ],
  };
  return goals[connections]?.() ?? [];
};

/** Payments/s of the API, of single-row inserts, of a bare Koa app and of the baseline. */
export const run = async ({ server, inserts, progress, options }) => {
  const database = await server.create("payments");
  await progress.during(`seeding ${CLIENTS.toLocaleString("en")} clients`, () => seedClients(database.url, CLIENTS));
  const keyFile = requestFile(server.workDirectory, "payments", payingKeys());
  const servers = {
    api: await startApi(database.url),
    bareKoa: await startBareKoa(),
    baseline: await startBaseline(database.url),
  };
  const of = (connections) => paymentContenders({ database, servers, inserts, connections, keyFile, clients: PAYING });
  const { rounds, seconds, warmUpSeconds } = options;
  const measurement = { rounds, seconds, warmUpSeconds, postmaster: server.postmaster, progress };
  try {
    const [api, ...others] = of(64);
    await warmUp({ contenders: [api], seconds: FIRST_PAYMENTS_SECONDS, progress });
    await warmUp({ contenders: others, seconds: warmUpSeconds, progress });
    const parts = [];
    for (const connections of options.connections) {
      const name = `${connections} connection${connections === 1 ? "" : "s"}`;
      const samples = await interleave({ title: name, contenders: of(connections), ...measurement });
      parts.push({ name, connections, samples, goals: goalsOf(inserts.name, samples, connections) });
    }
    return parts;
  } finally {
    await Promise.all(Object.values(servers).map((one) => one.stop()));
  }
};
