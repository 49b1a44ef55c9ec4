import { startApi, WITHOUT_LIMITS } from "../contenders/servers.mjs";
import { checkpoint } from "../database/bench-server.mjs";
import { apiKey, malformedApiKey, paymentId, unknownApiKey } from "../database/dataset.mjs";
import { LARGE_CLIENT, SMALL_CLIENT, samplePayments } from "../database/seed.mjs";
import { generateLoad, requestFile } from "../load/load-generator.mjs";
import { interleave, warmUp } from "../measure/interleave.mjs";
import { atMost, ratios } from "../report/goals.mjs";
import { BIG_CLIENTS, BIG_PAYMENTS, bigDatabase } from "./big-database.mjs";

const CONNECTIONS = 64;
const REQUESTS = 20_000;

export const title = "Reads";

export const expectedSeconds = ({ rounds, seconds, warmUpSeconds }) => 5 * rounds * (seconds + warmUpSeconds + 0.5);

const many = (line) => Array.from({ length: REQUESTS }, (_, index) => line(index));

const REQUEST_KINDS = {
  "GET /payments/{id}": () =>
    samplePayments(REQUESTS, BIG_PAYMENTS, BIG_CLIENTS).map(
      ({ number, client }) => `${apiKey(client)} /payments/${paymentId(number)}`,
    ),
  "list, client with 10": () => [`${apiKey(SMALL_CLIENT.number)} /payments?limit=20`],
  "list, client with 1,000,000": () => [`${apiKey(LARGE_CLIENT.number)} /payments?limit=20`],
  "401, unknown key": () => many((index) => `${unknownApiKey(index)} /payments`),
  "401, malformed key": () => many((index) => `${malformedApiKey(index)} /payments`),
};

/** Reads of a table with five million payments, and the cost of a rejected key. */
export const run = async ({ server, progress, options }) => {
  const database = await bigDatabase(server, progress);
  const api = await startApi(database.url, { environment: WITHOUT_LIMITS });
  const contenders = Object.entries(REQUEST_KINDS).map(([name, lines], index) => {
    const file = requestFile(server.workDirectory, `reads-${index}`, lines());
    const load = { kind: "reads", url: api.url, connections: CONNECTIONS, file, expectErrors: name.startsWith("401") };
    return {
      name,
      nodePid: api.pid,
      prepare: () => checkpoint(database),
      load: (seconds) => generateLoad({ ...load, seconds }),
    };
  });
  const { rounds, seconds, warmUpSeconds } = options;
  try {
    await warmUp({ contenders, seconds: warmUpSeconds, progress });
    const name = `${CONNECTIONS} connections, ${BIG_PAYMENTS.toLocaleString("en")} payments`;
    const measurement = { rounds, seconds, warmUpSeconds, postmaster: server.postmaster, progress };
    const samples = await interleave({ title: "reads", contenders, ...measurement });
    const [large, small] = [samples["list, client with 1,000,000"], samples["list, client with 10"]];
    // The ratio of times. The small client's page has 10 payments, the large one's 20.
    const cost = ratios(small, large, ({ perSecond }) => perSecond);
    return [{ name, samples, goals: [atMost("list of a client with 1,000,000 / of one with 10: time", cost, 1.5)] }];
  } finally {
    await api.stop();
  }
};
