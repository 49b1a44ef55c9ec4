import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { issueAdminToken } from "@payments/adapters-crypto";
import { type OtlpReceiver, startOtlpReceiver } from "../../../test/support/otlp-receiver.ts";
import { watchForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { loadedScripts, MAIN } from "./support/run-program.ts";
import { JWT_SECRET } from "./support/test-service.ts";

const using = undoAfterEach();
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Account {
  readonly id: string;
  readonly apiKey: string;
}

interface Service {
  readonly url: string;
  /** Its log so far. */
  output(): string;
  /** Stops it, and returns its exit code. */
  stop(): Promise<number | null>;
}

const start = async (variables: Record<string, string>): Promise<Service> => {
  const { PATH = "" } = process.env;
  const env = { PATH, DATABASE_URL: database.url, JWT_SECRET, PORT: "0", ...variables };
  const child: ChildProcess = using(spawn(process.execPath, [MAIN], { env }), (it) => it.kill("SIGKILL"));
  watchForSecrets(child.stdout, child.stderr);
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (data) => {
      output += data;
      const [, found] = /"url":"([^"]+)"/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(output)));
  });
  return {
    url,
    output: () => output,
    stop: async () => {
      child.kill("SIGTERM");
      return (await once(child, "exit"))[0];
    },
  };
};

const send = async (service: Service, path: string, headers: Record<string, string>, body?: object) => {
  const options = body && { method: "POST", body: JSON.stringify(body) };
  const all = { connection: "close", ...(body && { "content-type": "application/json" }), ...headers };
  const answer = await fetch(service.url + path, { headers: all, ...options });
  return {
    status: answer.status,
    requestId: answer.headers.get("x-request-id"),
    body: (await answer.json()) as Account,
  };
};

const admin = async () => ({
  authorization: `Bearer ${await issueAdminToken({ secret: JWT_SECRET, subject: "ada", lifetimeSeconds: 60, now: new Date() })}`,
});

const openReceiver = async (): Promise<OtlpReceiver> => using(await startOtlpReceiver(), (it) => it.close());

it("sends a span for the request, its authentication and its insert, under the caller's trace", async () => {
  const receiver = await openReceiver();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const { body: account } = await send(service, "/accounts", await admin(), { name: "A", email: "a@b.example" });
  const headers = { "x-api-key": account.apiKey, traceparent: `00-${TRACE}-${CALLER}-01` };
  const paid = await send(service, "/payments/create", headers, { amount: 1, currency: "EUR" });
  expect(paid.status).toBe(201);
  expect(await service.stop()).toBe(0);

  const spans = receiver.spans.filter(({ traceId }) => traceId === TRACE);
  const named = Object.fromEntries(spans.map((span) => [span.name, span]));
  const request = named["POST /payments/create"];
  expect(request).toMatchObject({ parentSpanId: CALLER, kind: 2, status: 0, service: "payments-api" });
  expect(request?.attributes).toEqual({
    "http.request.method": "POST",
    "http.route": "/payments/create",
    "http.response.status_code": 201,
    "payments.request_id": paid.requestId,
    "payments.client_id": account.id,
  });
  expect(named["authenticate"]?.parentSpanId).toBe(request?.spanId);
  expect(named["look up API key"]?.parentSpanId).toBe(named["authenticate"]?.spanId);
  expect(named["store payment"]).toMatchObject({ parentSpanId: request?.spanId, kind: 3 });
  expect(spans).toHaveLength(4);
  // The request without a traceparent starts a new trace.
  expect(receiver.spans.find(({ name }) => name === "POST /accounts")?.traceId).not.toBe(TRACE);
  expect(receiver.bodies.join()).not.toContain(account.apiKey);
});

it("distinguishes a rejected key and a database fault from a success", async () => {
  const receiver = await openReceiver();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`, OTEL_SERVICE_NAME: "mine" });
  const { body: account } = await send(service, "/accounts", await admin(), { name: "A", email: "a@b.example" });
  await database.knex("clients").where({ id: account.id }).update({ status: "inactive" });
  expect((await send(service, "/me", { "x-api-key": account.apiKey })).status).toBe(401);
  await database.knex.raw("alter table payments rename to hidden");
  await database.knex("clients").where({ id: account.id }).update({ status: "active" });
  const broken = await send(service, "/payments", { "x-api-key": account.apiKey });
  await database.knex.raw("alter table hidden rename to payments");
  expect(broken.status).toBe(500);
  await service.stop();

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
    expect((await send(service, "/readyz", {})).status).toBe(200);
  }
  expect(await service.stop()).toBe(0);
});

it.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }, true],
])("loads OpenTelemetry's SDK only with a collector: %j, %p", async (variables, loaded) => {
  const folder = using(await mkdtemp(join(tmpdir(), "payments-loaded-")), (it) => rm(it, { recursive: true }));
  const service = await start({ ...variables, NODE_V8_COVERAGE: folder });
  expect((await send(service, "/readyz", {})).status).toBe(200);
  await service.stop();
  const scripts = await loadedScripts(folder);
  expect(scripts).toContain("/koa/");
  expect(scripts.includes("/@opentelemetry/sdk-trace-node/")).toBe(loaded);
});
