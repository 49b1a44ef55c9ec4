// Replaces pgbench if it is not installed: each connection inserts in a loop.
import pg from "pg";
import { percentile } from "../measure/statistics.mjs";
import { insertStatements } from "./single-inserts.mjs";

const { url, serverVersion, connections, seconds, clients } = JSON.parse(process.argv[2]);

const withParameters = (statement) =>
  statement.replaceAll(":client", "$1").replace(":amount", "$2").replace(":key", "$3");
const { keyed, plain } = insertStatements(serverVersion);
const statements = [
  { name: "plain", text: withParameters(plain) },
  { name: "keyed", text: withParameters(keyed) },
];

const random = (first, last) => first + Math.floor(Math.random() * (last - first + 1));
const newKey = () => String(random(1e14, 9e14)) + String(random(10_000, 99_999));

const pool = await Promise.all(
  Array.from({ length: connections }, async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  }),
);

const timesMs = [];
const startedAtMs = performance.now();
const endsAtMs = startedAtMs + seconds * 1000;

await Promise.all(
  pool.map(async (client) => {
    for (let turn = 0; performance.now() < endsAtMs; turn++) {
      const values = [random(clients.first, clients.last), random(1, 100_000), ...(turn % 2 === 1 ? [newKey()] : [])];
      const sentAtMs = performance.now();
      await client.query({ ...statements[turn % 2], values });
      timesMs.push(performance.now() - sentAtMs);
    }
  }),
);

const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
await Promise.all(pool.map((client) => client.end()));
const result = {
  count: timesMs.length,
  perSecond: timesMs.length / elapsedSeconds,
  p50Ms: percentile(timesMs, 0.5),
  p99Ms: percentile(timesMs, 0.99),
  faults: 0,
};
console.log(JSON.stringify(result));
