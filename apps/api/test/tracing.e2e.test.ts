import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type ApiProcess, startApi } from "../../../test/support/api-process.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../../../test/support/otlp-receiver.ts";
import { loadedScripts } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";

const using = undoAfterEach();
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const start = async (variables: Record<string, string>): Promise<ApiProcess> =>
  using(await startApi(database.url, { LOG_LEVEL: "info", ...variables }), (api) => api.end("SIGKILL"));

const openReceiver = async (): Promise<OtlpReceiver> => using(await startOtlpReceiver(), (it) => it.close());

it("sends a span for the request, its authentication and its insert, under the caller's trace", async () => {
  const receiver = await openReceiver();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const client = await service.createClient();
  const paid = await service.pay(client.apiKey, { headers: { traceparent: `00-${TRACE}-${CALLER}-01` } });
  expect(paid.status).toBe(201);
  expect(await service.end("SIGTERM")).toBe(0);

  const spans = receiver.spans.filter(({ traceId }) => traceId === TRACE);
  const named = Object.fromEntries(spans.map((span) => [span.name, span]));
  const request = named["POST /payments/create"];
  expect(request).toMatchObject({ parentSpanId: CALLER, kind: 2, status: 0, service: "payments-api" });
  expect(request?.attributes).toEqual({
    "http.request.method": "POST",
    "http.route": "/payments/create",
    "http.response.status_code": 201,
    "payments.request_id": paid.headers.get("x-request-id"),
    "payments.client_id": client.id,
  });
  expect(named["authenticate"]?.parentSpanId).toBe(request?.spanId);
  expect(named["look up API key"]?.parentSpanId).toBe(named["authenticate"]?.spanId);
  expect(named["store payment"]).toMatchObject({ parentSpanId: request?.spanId, kind: 3 });
  expect(spans).toHaveLength(4);
  // The request without a traceparent starts a new trace.
  expect(receiver.spans.find(({ name }) => name === "POST /accounts")?.traceId).not.toBe(TRACE);
  expect(receiver.bodies.join()).not.toContain(client.apiKey);
});

it("sends a span for the call of the processor, with ids and without parameters", async () => {
  const receiver = await openReceiver();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const client = await service.createClient("test");
  const body = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa" };
  const headers = { traceparent: `00-${TRACE}-${CALLER}-01` };
  const paid = await service.pay(client.apiKey, { body, headers });
  expect(paid.body.status).toBe("succeeded");
  expect(await service.end("SIGTERM")).toBe(0);

  const spans = receiver.spans.filter(({ traceId }) => traceId === TRACE);
  const request = spans.find(({ name }) => name === "POST /payments/create");
  const call = spans.find(({ name }) => name === "call processor");
  expect(call).toMatchObject({ parentSpanId: request?.spanId, kind: 3, status: 0 });
  expect(call?.attributes).toEqual({
    "payments.processor": "sandbox",
    "payments.mode": "test",
    "payments.operation": "authorize",
    "payments.operation_id": expect.stringMatching(/^op_/),
    "payments.payment_id": paid.body.id,
  });
  expect(receiver.bodies.join()).not.toContain("pm_card_visa");
});

it("distinguishes a rejected key and a database fault from a success", async () => {
  const receiver = await openReceiver();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`, OTEL_SERVICE_NAME: "mine" });
  const client = await service.createClient();
  await database.knex("clients").where({ id: client.id }).update({ status: "inactive" });
  expect((await service.me(client.apiKey)).status).toBe(401);
  await database.knex.raw("alter table payments rename to hidden");
  await database.knex("clients").where({ id: client.id }).update({ status: "active" });
  const broken = await service.request("GET", "/payments", { headers: { "x-api-key": client.apiKey } });
  await database.knex.raw("alter table hidden rename to payments");
  expect(broken.status).toBe(500);
  await service.end("SIGTERM");

  const find = (name: string) => receiver.spans.find((span) => span.name === name);
  expect(find("look up API key")).toMatchObject({ status: 2, attributes: { "error.type": "client-inactive" } });
  expect(find("GET /me")).toMatchObject({ status: 0, service: "mine" });
  expect(find("list payments")).toMatchObject({ status: 2, attributes: { "error.type": "PostgresError" } });
  expect(find("GET /payments")).toMatchObject({ status: 2, attributes: { "error.type": "500" } });
});

it("keeps serving, logs the fault and stops in time when the collector is down", async () => {
  const away = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_BSP_SCHEDULE_DELAY: "50" };
  const service = await start(away);
  while (!service.output().includes('"msg":"tracing: ')) {
    expect((await service.request("GET", "/readyz")).status).toBe(200);
  }
  expect(await service.end("SIGTERM")).toBe(0);
});

it.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }, true],
])("loads OpenTelemetry's SDK only with a collector: %j, %p", async (variables, loaded) => {
  const folder = using(await mkdtemp(join(tmpdir(), "payments-loaded-")), (it) => rm(it, { recursive: true }));
  const service = await start({ ...variables, NODE_V8_COVERAGE: folder });
  expect((await service.request("GET", "/readyz")).status).toBe(200);
  await service.end("SIGTERM");
  const scripts = await loadedScripts(folder);
  expect(scripts).toContain("/koa/");
  expect(scripts.includes("/@opentelemetry/sdk-trace-node/")).toBe(loaded);
});
