import { startApi } from "../contenders/servers.mjs";
import { checkpoint, emptyPayments, query } from "../database/bench-server.mjs";
import { apiKey } from "../database/dataset.mjs";
import { generateLoad, requestFile } from "../load/load-generator.mjs";
import { interleave, warmUp } from "../measure/interleave.mjs";
import { atLeast, ratios } from "../report/goals.mjs";
import { BIG_CLIENTS, bigDatabase, clientsDatabase } from "./big-database.mjs";

const CONNECTIONS = 64;
const FEW = 1_000;
const MANY = 100_000;
/** The same number everywhere, so that only the size of the tables differs. */
const PAYING = 1_000;

export const title = "Growth";

export const expectedSeconds = ({ rounds, seconds, warmUpSeconds }) =>
  330 + 5 * rounds * (seconds + warmUpSeconds + 0.7);

/** Keys of evenly spread clients. */
const keysOf = (paying, clients) =>
  Array.from({ length: paying }, (_, index) => apiKey(Math.floor((index * clients) / paying)));

const REFERENCE = "1 thousand clients";

const databasesOf = async (server, progress) => ({
  few: await clientsDatabase(server, FEW, progress),
  many: await clientsDatabase(server, MANY, progress),
  // Created first, because it copies the next one, which must have no connections.
  big: await bigDatabase(server, progress),
  million: await clientsDatabase(server, BIG_CLIENTS, progress),
});

const BYTES = `with sizes as (
    select pg_table_size('payments') as heap,
      pg_relation_size('payments_pkey') as primary_key,
      pg_relation_size('payments_idempotency_key') as idempotency_key
  ), payments as (select count(*)::float as count from payments)
  select heap / count as heap, primary_key / count as primary_key, idempotency_key / count as idempotency_key
  from sizes, payments`;

/** Payments/s with 1 thousand to 1 million clients and with 5 million payments. */
export const run = async ({ server, progress, options }) => {
  const databases = await databasesOf(server, progress);
  const [bytes] = await query(databases.big.url, BYTES);
  const apis = {};
  for (const [name, database] of Object.entries(databases)) apis[name] = await startApi(database.url);

  const contender = (name, which, paying, clients) => {
    const file = requestFile(server.workDirectory, name.replaceAll(" ", "-"), keysOf(paying, clients));
    const url = `${apis[which].url}/payments/create`;
    return {
      name,
      nodePid: apis[which].pid,
      prepare: () => (which === "big" ? checkpoint : emptyPayments)(databases[which]),
      load: (seconds) => generateLoad({ kind: "payments", url, connections: CONNECTIONS, file, seconds }),
    };
  };
  const contenders = [
    contender(REFERENCE, "few", PAYING, FEW),
    contender("100 thousand clients", "many", PAYING, MANY),
    contender("1 million clients", "million", PAYING, BIG_CLIENTS),
    contender("1 million clients, all paying", "million", BIG_CLIENTS, BIG_CLIENTS),
    contender("1 million clients, 5 million payments", "big", PAYING, BIG_CLIENTS),
  ];
  const { rounds, seconds, warmUpSeconds } = options;
  try {
    await warmUp({ contenders, seconds: warmUpSeconds, progress });
    const measurement = { rounds, seconds, warmUpSeconds, postmaster: server.postmaster, progress };
    const samples = await interleave({ title: "growth", contenders, ...measurement });
    const speed = ({ perSecond }) => perSecond;
    const kept = (name, from) => ratios(samples[name], samples[from], speed);
    const goals = [
      atLeast("payments/s with 1 million clients / with 1 thousand", kept("1 million clients", REFERENCE), 0.85),
      atLeast(
        "payments/s with 5 million payments / with none, 1 million clients",
        kept("1 million clients, 5 million payments", "1 million clients"),
        0.85,
      ),
    ];
    return [{ name: `${CONNECTIONS} connections`, samples, goals, bytes }];
  } finally {
    await Promise.all(Object.values(apis).map((api) => api.stop()));
  }
};
