// Replaces wrk and its scripts if wrk is not installed. Its latencies are whole milliseconds.
import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const { kind, url, connections, seconds, file, runId } = JSON.parse(process.argv[2]);
const lines = readFileSync(file, "utf8").trim().split("\n");

/** A payment without a payment method is only recorded. */
const PAYMENT_METHOD = { charges: { paymentMethod: "pm_card_visa" } };

let count = 0;

const payment = (request) => {
  count++;
  const order = String(1_000_000 + count);
  const headers = {
    "content-type": "application/json",
    "x-api-key": lines[Math.floor(Math.random() * lines.length)],
    ...(count % 2 === 0 && { "idempotency-key": `${runId}${String(count).padStart(9, "0")}` }),
  };
  const amount = 1 + Math.floor(Math.random() * 100_000);
  const body = {
    amount,
    currency: "EUR",
    description: `Invoice ${order}`,
    metadata: { order },
    ...PAYMENT_METHOD[kind],
  };
  return { ...request, method: "POST", path: "/payments/create", headers, body: JSON.stringify(body) };
};

const read = (request) => {
  const [key, path] = lines[count++ % lines.length].split(" ");
  return { ...request, method: "GET", path, headers: { "x-api-key": key } };
};

const result = await autocannon({
  url,
  connections,
  duration: seconds,
  timeout: 10,
  requests: [{ setupRequest: kind === "reads" ? read : payment }],
});

console.log(
  JSON.stringify({
    count: result.requests.total,
    elapsedMs: result.duration * 1000,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    statusFaults: result.non2xx,
    socketFaults: result.errors + result.timeouts,
  }),
);
