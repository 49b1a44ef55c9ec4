import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { isProblem, NoResponseError, PaymentsAdmin, PaymentsClient, ProblemError } from "@payments/sdk";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { json, partialResponse, problem, reset, silence, startScriptedServer } from "./support/scripted-server.ts";

const PAYMENT = { amount: 1250, currency: "EUR" };
const MADE = json(201, { id: "p1" });
const HTML: Parameters<typeof startScriptedServer>[0] = (response) =>
  response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("It should have failed");
    },
    (error: unknown) => error,
  );

describe("The SDK's retries", () => {
  const using = undoAfterEach();

  const start = async (...script: Parameters<typeof startScriptedServer>) =>
    using(await startScriptedServer(...script), (server) => server.stop());
  const client = (baseUrl: string, more = {}) => new PaymentsClient({ baseUrl, apiKey: "pak_live_secret", ...more });
  const admin = (baseUrl: string, more = {}) => new PaymentsAdmin({ baseUrl, adminToken: "secret.token", ...more });

  it.each([
    ["a reset connection", reset],
    ["a partial response", partialResponse],
    ["a 408", problem(408, "request-timeout")],
    ["a 429", problem(429, "too-many-requests")],
    ["a 500", problem(500, "internal-error")],
    ["a 502 in HTML", HTML],
    ["a 503", problem(503, "service-unavailable")],
    ["a timeout", silence],
  ])("send the same payment with the same key after %s", async (_, fault) => {
    const { baseUrl, seen } = await start(fault, fault, MADE);
    const timeoutMs = fault === silence ? 300 : 10_000;
    expect(await client(baseUrl, { timeoutMs }).payments.create(PAYMENT)).toEqual({ id: "p1" });
    const sent = seen.map(({ headers, body }) => ({ key: headers["idempotency-key"], body }));
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(sent[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("use a new key for each payment, or the caller's key", async () => {
    const { baseUrl, seen } = await start(MADE);
    await client(baseUrl).payments.create(PAYMENT);
    await client(baseUrl).payments.create(PAYMENT);
    await client(baseUrl).payments.create(PAYMENT, { idempotencyKey: "order-7" });
    const keys = seen.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe("order-7");
  });

  it("send the original request after the caller changes its objects", async () => {
    const { baseUrl, seen } = await start(reset, MADE);
    const payment = { ...PAYMENT };
    const made = client(baseUrl).payments.create(payment);
    payment.amount = 9;
    await made;
    expect(seen.map(({ body }) => JSON.parse(body).amount)).toEqual([1250, 1250]);
  });

  it.each([
    [400, "invalid-request"],
    [401, "invalid-api-key"],
    [404, "not-found"],
    [422, "idempotency-key-reused"],
  ])("do not follow a %i", async (status, code) => {
    const { baseUrl, seen } = await start(problem(status, code), MADE);
    const error = await failureOf(client(baseUrl).payments.create(PAYMENT));
    expect(error).toMatchObject({ name: "ProblemError", code, status, attempts: 1, outcome: "rejected" });
    expect(seen).toHaveLength(1);
  });

  it("wait for the seconds in Retry-After", async () => {
    const { baseUrl, seen } = await start(problem(429, "too-many-requests", { "retry-after": "1" }), MADE);
    await client(baseUrl).payments.create(PAYMENT);
    expect((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)).toBeGreaterThan(990);
  });

  it("wait until the date in Retry-After", async () => {
    const date = new Date(Date.now() + 3_000).toUTCString(); // whole seconds: at least two remain
    const { baseUrl, seen } = await start(problem(503, "service-unavailable", { "retry-after": date }), MADE);
    await client(baseUrl).payments.create(PAYMENT);
    expect((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)).toBeGreaterThan(1_500);
  });

  it("end at once if Retry-After exceeds the remaining time", async () => {
    const { baseUrl, seen } = await start(problem(429, "too-many-requests", { "retry-after": "3600" }));
    const error = await failureOf(client(baseUrl).payments.create(PAYMENT));
    expect(error).toMatchObject({ code: "too-many-requests", attempts: 1, outcome: "rejected" });
    expect(seen).toHaveLength(1);
  });

  it("end after maxAttempts and report an unknown outcome", async () => {
    const { baseUrl, seen } = await start(reset, problem(503, "service-unavailable"), reset);
    const error = await failureOf(client(baseUrl, { maxAttempts: 3 }).payments.create(PAYMENT));
    expect(error).toBeInstanceOf(NoResponseError);
    const key = seen[0]?.headers["idempotency-key"];
    expect(error).toMatchObject({ reason: "connection", attempts: 3, outcome: "unknown", idempotencyKey: key });
    expect(String(error)).toMatch(/^NoResponseError: POST \/payments\/create failed: .*Call again with/);
    expect(seen).toHaveLength(3);
  });

  it("report an unknown outcome if an earlier attempt may have been processed", async () => {
    const { baseUrl } = await start(reset, problem(401, "invalid-api-key"));
    const error = await failureOf(client(baseUrl).payments.create(PAYMENT));
    expect(error).toMatchObject({ code: "invalid-api-key", attempts: 2, outcome: "unknown" });
  });

  it("end after totalTimeoutMs, including the last attempt", async () => {
    const { baseUrl } = await start(silence);
    const error = await failureOf(client(baseUrl, { totalTimeoutMs: 300, timeoutMs: 60_000 }).payments.create(PAYMENT));
    expect(error).toMatchObject({ reason: "timeout", outcome: "unknown" });
  });

  it.each([
    ["a request", silence],
    ["a delay", problem(503, "service-unavailable", { "retry-after": "30" })],
  ])("end when the signal is aborted during %s", async (_, fault) => {
    const { baseUrl, seen } = await start(fault);
    const controller = new AbortController();
    const maxAttempts = fault === silence ? 1 : 2;
    const options = { timeoutMs: 60_000, maxAttempts };
    const failure = failureOf(client(baseUrl, options).payments.create(PAYMENT, { signal: controller.signal }));
    while (seen.length === 0) await sleep(5);
    await sleep(200); // until the response arrives
    const reason = new Error("the user went away");
    controller.abort(reason);
    expect(await failure).toBe(reason);
    expect(seen).toHaveLength(1);
  });

  it("send nothing if the signal is already aborted", async () => {
    const { baseUrl, seen } = await start(MADE);
    const failure = await failureOf(client(baseUrl).payments.create(PAYMENT, { signal: AbortSignal.abort("no") }));
    expect(failure).toBe("no");
    expect(seen).toHaveLength(0);
  });

  it("do not repeat a request that could create a second client or key", async () => {
    const calls = [
      (of: PaymentsAdmin) => of.clients.create({ name: "Acme", email: "ops@acme.example" }),
      (of: PaymentsAdmin) => of.apiKeys.rotate("c1", { overlapSeconds: 60 }),
    ];
    for (const call of calls) {
      for (const fault of [reset, problem(503, "service-unavailable"), problem(500, "internal-error")]) {
        const { baseUrl, seen } = await start(fault, json(201, {}));
        expect(await failureOf(call(admin(baseUrl)))).toMatchObject({ attempts: 1, outcome: "unknown" });
        expect(seen).toHaveLength(1);
      }
      const { baseUrl, seen } = await start(problem(429, "too-many-requests"), json(201, {}));
      await call(admin(baseUrl));
      expect(seen).toHaveLength(2);
    }
  });

  it("repeat other requests of an admin", async () => {
    const { baseUrl, seen } = await start(reset, (response) => response.writeHead(204).end());
    expect(await admin(baseUrl).apiKeys.revoke("c1")).toBeUndefined();
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(2).fill("DELETE /accounts/c1/api-key"));
  });

  it("ask the provider for a token before every attempt", async () => {
    const { baseUrl, seen } = await start(problem(503, "service-unavailable"), json(200, { id: "c1" }));
    let count = 0;
    await admin(baseUrl, { adminToken: async () => `token-${++count}` }).clients.retrieve("c1");
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  it("identify a problem by its code", async () => {
    const { baseUrl } = await start(problem(404, "payment-not-found"));
    const error = await failureOf(client(baseUrl).payments.retrieve("p1"));
    expect(error).toBeInstanceOf(ProblemError);
    expect(isProblem(error, "payment-not-found")).toBe(true);
    expect(isProblem(error, "client-not-found")).toBe(false);
    expect(String(error)).toBe("ProblemError: payment-not-found: Do this. (payment-not-found, request r1)");
  });

  it("reject a response that is not of this API", async () => {
    const { baseUrl } = await start((response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>Log in</h1>"),
    );
    const error = await failureOf(client(baseUrl).me());
    expect(error).toMatchObject({ reason: "unexpected-response", status: 200 });
    expect(String(error)).toContain("200 with text/html is not a response of this API. Check baseUrl");
  });
});
