import { setTimeout as sleep } from "node:timers/promises";
import { startApi, stripeEnvironment } from "../contenders/servers.mjs";
import { checkpoint, countPayments, query } from "../database/bench-server.mjs";
import { apiKey } from "../database/dataset.mjs";
import { seedClients, seedUnconfirmedCharges } from "../database/seed.mjs";
import { generateLoad, requestFile } from "../load/load-generator.mjs";
import { interleave, warmUp } from "../measure/interleave.mjs";
import { atLeast, atMost, ratios } from "../report/goals.mjs";

const CLIENTS = 20_000;
const FIRST_TEST_CLIENT = CLIENTS / 2;
/** Each webhook changes another payment. With more webhooks than payments, the rest repeats changes. */
const CHARGES = 200_000;
const CONNECTIONS = 64;
const BURST_SECONDS = 10;
const WARM_UP_SECONDS = 2;
const APPLIED_WITHIN_SECONDS = 60;

export const title = "Webhooks of a processor";

export const expectedSeconds = ({ rounds }) => 20 + rounds * (2 * (BURST_SECONDS + WARM_UP_SECONDS) + 30);

const countApplied = async ({ url }) =>
  Number(
    (await query(url, "select count(*) as count from processor_notifications where outcome = 'applied'"))[0].count,
  );

/** Waits until this many webhooks are applied. Returns how many are missing after the time that they have. */
const awaitApplied = async (database, count) => {
  const endsAtMs = performance.now() + APPLIED_WITHIN_SECONDS * 1000;
  for (;;) {
    const missing = Math.max(0, count - (await countApplied(database)));
    if (missing === 0 || performance.now() > endsAtMs) return missing;
    await sleep(500);
  }
};

/** How fast a burst of signed webhooks is accepted, compared with payments that are only recorded. */
export const run = async ({ server, progress, options: { rounds } }) => {
  const database = await server.create("processor_webhooks");
  const charges = await progress.during(`seeding ${CHARGES.toLocaleString("en")} payments`, async () => {
    await seedClients(database.url, CLIENTS, FIRST_TEST_CLIENT);
    return seedUnconfirmedCharges(database.url, CHARGES, FIRST_TEST_CLIENT, CLIENTS);
  });
  const live = Array.from({ length: FIRST_TEST_CLIENT }, (_, index) => apiKey(index));
  const files = {
    payments: requestFile(server.workDirectory, "recorded", live),
    webhooks: requestFile(server.workDirectory, "processor-webhooks", charges),
  };
  // No webhook here needs a request to Stripe.
  const api = await startApi(database.url, { environment: stripeEnvironment({ url: "http://127.0.0.1:9" }) });
  const load = (kind, path) => (seconds) =>
    generateLoad({ kind, url: `${api.url}${path}`, connections: CONNECTIONS, seconds, file: files[kind], signs: true });
  const drainSeconds = [];
  let appliedBefore = 0;
  let recordedBefore = 0;
  const contenders = [
    {
      name: "webhooks",
      nodePid: api.pid,
      async prepare() {
        await checkpoint(database);
        appliedBefore = await countApplied(database);
      },
      load: load("webhooks", "/processor-webhooks/stripe"),
      async countMissing(accepted) {
        const startedAtMs = performance.now();
        const missing = await awaitApplied(database, appliedBefore + accepted);
        drainSeconds.push((performance.now() - startedAtMs) / 1000);
        return missing;
      },
    },
    {
      name: "recorded payments",
      nodePid: api.pid,
      async prepare() {
        await checkpoint(database);
        recordedBefore = await countPayments(database);
      },
      load: load("payments", "/payments/create"),
      countMissing: async (acknowledged) =>
        Math.max(0, acknowledged - ((await countPayments(database)) - recordedBefore)),
    },
  ];
  try {
    await warmUp({ contenders, seconds: WARM_UP_SECONDS, progress });
    const measurement = { rounds, seconds: BURST_SECONDS, warmUpSeconds: WARM_UP_SECONDS, progress };
    const samples = await interleave({
      title: "processor webhooks",
      contenders,
      postmaster: server.postmaster,
      ...measurement,
    });
    const speed = ({ perSecond }) => perSecond;
    const goals = [
      atLeast(
        "webhooks accepted/s / payments recorded/s",
        ratios(samples.webhooks, samples["recorded payments"], speed),
        0.5,
      ),
      atMost(`all webhooks of ${BURST_SECONDS} s applied, in s after the last`, drainSeconds, APPLIED_WITHIN_SECONDS),
    ];
    return [{ name: `${CONNECTIONS} connections`, connections: CONNECTIONS, samples, goals }];
  } finally {
    await api.stop();
  }
};
