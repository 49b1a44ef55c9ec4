// The limit of a sender: posts bodies over a fixed number of connections, without signatures and without a database.
import { readFileSync } from "node:fs";
import { Agent, request } from "undici";

const { url, file, count, connections, ca } = JSON.parse(process.argv[2]);
const bodies = readFileSync(file, "utf8").trim().split("\n");
const dispatcher = new Agent({ connections, pipelining: 1, connect: { ca } });
const headers = { "content-type": "application/json" };

const post = async (body) => {
  const response = await request(url, { dispatcher, method: "POST", headers, body });
  await response.body.text();
  if (response.statusCode !== 200) throw new Error(`The receiver responded with ${response.statusCode}.`);
};

const postAll = async (total) => {
  let next = 0;
  const work = async () => {
    while (next < total) await post(bodies[next++ % bodies.length]);
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: connections }, work));
  return performance.now() - startedAtMs;
};

// Connects and compiles.
await postAll(connections * 32);
const cpu = process.cpuUsage();
const elapsedMs = await postAll(count);
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ count, elapsedMs, nodeMicroseconds: (user + system) / count }));
await dispatcher.close();
