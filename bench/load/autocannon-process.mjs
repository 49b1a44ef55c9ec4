// Replaces wrk and its scripts if wrk is not installed. Its latencies are whole milliseconds.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { FAKE_WEBHOOK_SECRETS } from "@payments/adapters-stripe/testing";
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

/** What Stripe sends when a payer has paid. */
const webhook = (request) => {
  const [client, payment, intent] = lines[count++ % lines.length].split(" ");
  const created = Math.floor(Date.now() / 1000);
  const object = {
    id: intent,
    object: "payment_intent",
    amount: 1000,
    amount_capturable: 0,
    amount_received: 1000,
    cancellation_reason: null,
    capture_method: "automatic",
    client_secret: `${intent}_secret_bench`,
    created,
    currency: "eur",
    last_payment_error: null,
    latest_charge: `ch_${intent}`,
    livemode: false,
    metadata: { client_id: client, payment_id: payment, operation_id: "op", confirmation: "browser" },
    next_action: null,
    payment_method_types: ["card"],
    status: "succeeded",
  };
  const id = `evt_${runId}_${count}`;
  const event = { id, object: "event", created, data: { object }, livemode: false, type: "payment_intent.succeeded" };
  const body = JSON.stringify(event);
  const signature = createHmac("sha256", FAKE_WEBHOOK_SECRETS.platform).update(`${created}.${body}`).digest("hex");
  const headers = { "content-type": "application/json", "stripe-signature": `t=${created},v1=${signature}` };
  return { ...request, method: "POST", path: "/processor-webhooks/stripe", headers, body };
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
  requests: [{ setupRequest: { reads: read, webhooks: webhook }[kind] ?? payment }],
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
