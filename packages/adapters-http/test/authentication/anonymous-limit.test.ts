import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { AnonymousLimit, createServer, Metrics } from "@payments/adapters-http";
import { pino } from "pino";
import { listen } from "../../../../test/support/free-port.ts";
import { responsesTo, statusesOf } from "../support/raw-connection.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp | undefined;
afterEach(() => app?.stop());

const request = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, "Host: a", "Connection: close", ...headers, "\r\n"].join("\r\n");

describe("requests without a credential", () => {
  const requests: readonly [name: string, status: number, packet: string][] = [
    ["the reference", 200, request("GET /docs")],
    ["an unknown path", 404, request("GET /nowhere")],
    ["no key", 401, request("GET /me")],
    ["no token", 401, request("GET /accounts")],
    ["another method", 405, request("PUT /me")],
    ["another method for a path that matches two routes", 405, request("DELETE /payments/create")],
    ["an unknown processor", 404, request("POST /processor-webhooks/absent")],
    ["a repeated header", 400, request("GET /me", "x-api-key: a", "x-api-key: a")],
    ["a fragment", 400, request("GET /livez#a")],
    ["nonsense", 400, "nonsense\r\n\r\n"],
    ["headers that are too large", 431, request("GET /me", `a: ${"a".repeat(17_000)}`)],
    ["a path that is too long", 414, request(`GET /${"a".repeat(8_192)}`)],
    ["an unknown coding", 501, request("POST /me", "Transfer-Encoding: gzip")],
    ["a tunnel", 501, request("CONNECT a:1")],
  ];

  it("all count, and get 429 after a second over the limit of their address", async () => {
    app = await startApp({ anonymousRequests: requests.length });
    const { port } = app;
    for (const [name, status, packet] of requests) {
      expect([name, ...statusesOf(await responsesTo(port, packet))]).toEqual([name, status]);
    }
    const began = performance.now();
    const responses = await Promise.all(requests.map(([, , packet]) => responsesTo(port, packet)));
    expect(performance.now() - began).toBeGreaterThan(950);
    for (const response of responses) {
      expect(statusesOf(response)).toEqual([429]);
      expect(response).toContain('"code":"too-many-anonymous-requests"');
      const seconds = Number(/^Retry-After: (\d+)\r$/m.exec(response)?.[1]);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(response).toContain(`\r\nRateLimit: "anonymous-requests";r=0;t=${seconds}\r\n`);
      expect(response).toContain(`\r\nRateLimit-Policy: "anonymous-requests";q=${requests.length};w=60\r\n`);
    }
  });

  it("that are malformed and over the limit keep few sockets open, also of callers who are gone", async () => {
    app = await startApp({ anonymousRequests: 1 });
    const { port } = app;
    await responsesTo(port, "nonsense\r\n\r\n");
    const responses = await Promise.all(Array.from({ length: 600 }, () => responsesTo(port, "nonsense\r\n\r\n")));
    const rejected = responses.filter((response) => response.startsWith("HTTP/1.1 429 "));
    const cut = responses.filter((response) => response === "");
    expect(rejected.length + cut.length).toBe(600);
    expect(rejected.length).toBeGreaterThanOrEqual(256);
    // On a slow machine, some of the rejections end before the last connection opens.
    expect(cut.length).toBeGreaterThan(0);
  });

  it("over their limit do not affect clients and admins at the same address", async () => {
    app = await startApp({ anonymousRequests: 1 });
    const { apiKey } = await app.createClient();
    expect((await app.request("GET", "/openapi.json")).status).toBe(200);
    const over = Promise.all([app.request("GET", "/openapi.json"), responsesTo(app.port, request("nonsense"))]);
    expect((await app.me(apiKey)).status).toBe(200);
    expect((await app.asAdmin("GET", "/accounts")).status).toBe(200);
    expect((await app.asAdmin("GET", "/metrics")).status).toBe(200);
    expect((await app.pay(apiKey)).status).toBe(201);
    const [{ status }, malformed] = await over;
    expect([status, statusesOf(malformed)]).toEqual([429, [429]]);
  });

  it("count for their address also if the connection was reset meanwhile", async () => {
    const anonymous = new AnonymousLimit({ limit: 1, windowSeconds: 60 });
    const options = { basePath: "", anonymous, metrics: new Metrics(), logger: pino({ level: "silent" }) };
    const server = createServer(() => {}, options);
    const reset = { get: () => undefined };
    server.on("connection", (socket) => Object.defineProperty(socket, "remoteAddress", reset));
    await responsesTo(await listen(server), "nonsense\r\n\r\n");
    server.close();
    const from = (ip: string) => ({ ip, req: { socket: {} } });
    expect([anonymous.take(from("127.0.0.1"))?.code, anonymous.take(from("203.0.113.1"))?.code]).toEqual([
      "too-many-anonymous-requests",
      undefined,
    ]);
  });

  it("behind a payment on the same connection leave it its response", async () => {
    app = await startApp({ anonymousRequests: 1 });
    const { apiKey } = await app.createClient();
    await app.request("GET", "/openapi.json");
    const payment = request("GET /me", `x-api-key: ${apiKey}`).replace("Connection: close\r\n", "");
    expect(statusesOf(await responsesTo(app.port, `${payment}nonsense\r\n\r\n`))).toEqual([200, 429]);
  });
});

describe("health checks", () => {
  it.each(["/livez", "/readyz"])("200 for %s, however many requests its address sends", async (path) => {
    app = await startApp({ anonymousRequests: 1 });
    await app.request("GET", "/openapi.json");
    for (let time = 0; time < 3; time++) expect((await app.request("GET", path)).status).toBe(200);
  });

  it("wait for half a second over the limit, and do not count for other requests", async () => {
    app = await startApp({ anonymousRequests: 1 });
    expect((await app.request("GET", "/livez")).status).toBe(200);
    const began = performance.now();
    expect((await app.request("GET", "/livez")).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(450);
    expect((await app.request("GET", "/openapi.json")).status).toBe(200);
  });

  it("of the same moment share a query", async () => {
    let checks = 0;
    app = await startApp({
      checkReadiness: async () => {
        checks++;
        await sleep(200);
        return null;
      },
    });
    const ready = () => app?.request("GET", "/readyz");
    const responses = await Promise.all([ready(), ready(), ready(), ready(), ready()]);
    expect(responses.map((response) => response?.status)).toEqual([200, 200, 200, 200, 200]);
    expect(checks).toBe(1);
    await ready();
    expect(checks).toBe(2);
  });
});
