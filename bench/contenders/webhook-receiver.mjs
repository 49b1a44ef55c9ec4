// Accepts webhooks over https and reports how many arrived and how late. Requests to /silent are never answered.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { percentile } from "../measure/statistics.mjs";

const { PORT, CERTIFICATE } = process.env;
const { cert, key } = JSON.parse(readFileSync(CERTIFICATE, "utf8"));

const CREATED_AT = '"createdAt":"';
const ISO_LENGTH = "2026-01-01T00:00:00.000Z".length;

let latenciesMs = [];

const recordLatency = (body) => {
  const start = body.indexOf(CREATED_AT) + CREATED_AT.length;
  latenciesMs.push(Date.now() - Date.parse(body.slice(start, start + ISO_LENGTH)));
};

const report = () => ({
  count: latenciesMs.length,
  p50Ms: latenciesMs.length === 0 ? null : percentile(latenciesMs, 0.5),
  p99Ms: latenciesMs.length === 0 ? null : percentile(latenciesMs, 0.99),
});

const receive = (request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url === "/silent") return;
    recordLatency(Buffer.concat(chunks).toString("latin1"));
    response.end("ok");
  });
};

createServer({ cert, key, keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.url === "/count") response.end(String(latenciesMs.length));
  else if (request.url === "/report") response.end(JSON.stringify(report()));
  else if (request.url === "/reset") {
    latenciesMs = [];
    response.end();
  } else receive(request, response);
}).listen(Number(PORT), "127.0.0.1");
