// In place of pgbench where that is not installed: as many connections as asked for, each inserting in a loop.
import pg from "pg";
import { percentile } from "../measure/statistics.mjs";
import { insertStatements } from "./insert-statement.mjs";

const { url, serverVersion, connections, seconds, clients } = JSON.parse(process.argv[2]);

const bound = (statement) => statement.replace(":client", "$1").replace(":amount", "$2").replace(":key", "$3");
const { keyed, plain } = insertStatements(serverVersion);
const statements = [
  { name: "plain", text: bound(plain) },
  { name: "keyed", text: bound(keyed) },
];

const random = (first, last) => first + Math.floor(Math.random() * (last - first + 1));
const fresh = () => String(random(1e14, 9e14)) + String(random(10_000, 99_999));

const pool = await Promise.all(
  Array.from({ length: connections }, async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  }),
);

const times = [];
const end = performance.now() + seconds * 1000;
const began = performance.now();

await Promise.all(
  pool.map(async (client) => {
    for (let turn = 0; performance.now() < end; turn++) {
      const values = [random(clients.first, clients.last), random(1, 100_000), ...(turn % 2 === 1 ? [fresh()] : [])];
      const sent = performance.now();
      await client.query({ ...statements[turn % 2], values });
      times.push(performance.now() - sent);
    }
  }),
);

const elapsed = (performance.now() - began) / 1000;
await Promise.all(pool.map((client) => client.end()));
const result = {
  count: times.length,
  perSecond: times.length / elapsed,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
  faults: 0,
};
console.log(JSON.stringify(result));
