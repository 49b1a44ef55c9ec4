import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";

let database: TestDatabase;
let service: TestService;
let apiKey: string;
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(database.url);
  ({ apiKey } = await service.createClient());
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

interface Cut {
  readonly answer: string;
  /** Resolves when the service has closed the connection. */
  readonly milliseconds: number;
}

/** Sends a text and nothing more, and waits until the service closes the connection. */
const sendAndWait = (text: string): Promise<Cut> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    const began = performance.now();
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    socket.once("error", reject);
    socket.once("close", () => resolve({ answer, milliseconds: performance.now() - began }));
    socket.write(text);
  });

const pay = (body: string) =>
  fetch(`${service.url}/payments/create`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": apiKey, connection: "close" },
    body,
  });

const readMe = (header: string) =>
  service.request("GET", "/me", { headers: { "x-api-key": apiKey, "x-fill": header } });

describe("the service waits for a caller", () => {
  it("at most 5 s for headers and 10 s for a request", async () => {
    const head = `POST /payments/create HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nx-api-key: ${apiKey}`;
    const [headers, body] = await Promise.all([
      sendAndWait(head),
      sendAndWait(`${head}\r\nContent-Length: 9\r\n\r\n{`),
    ]);
    expect(headers.answer).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
    expect(headers.milliseconds).toBeGreaterThanOrEqual(5_000);
    expect(headers.milliseconds).toBeLessThan(body.milliseconds);
    expect(body.answer).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
    expect(body.milliseconds).toBeGreaterThanOrEqual(10_000);
  }, 40_000);
});

describe("a request", () => {
  it("may have a body of at most 64 KiB", async () => {
    const body = '{"amount":1,"currency":"EUR"}';
    expect((await pay(body.padEnd(65_536))).status).toBe(201);
    expect((await pay(body.padEnd(65_537))).status).toBe(413);
  });

  it("may have headers of nearly 16 KiB, but not more", async () => {
    expect((await readMe("x".repeat(15_800))).status).toBe(200);
    expect((await readMe("x".repeat(16_384))).status).toBe(431);
  });
});

describe("every response", () => {
  it.each([
    ["200", () => service.request("GET", "/livez")],
    ["201", () => pay('{"amount":1,"currency":"EUR"}')],
    ["204", async () => service.asAdmin("DELETE", `/accounts/${(await service.createClient()).id}/api-key`)],
    ["401", () => service.request("GET", "/me")],
    ["404", () => service.request("GET", "/nothing")],
    ["405", () => service.request("PUT", "/me")],
    ["400", () => service.pay(apiKey, { body: {} })],
  ])("has headers that keep browsers and caches out, and no version: %s", async (expected, send) => {
    const { status, headers } = await send();
    expect(String(status)).toBe(expected);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    for (const name of ["server", "x-powered-by", "via"]) expect(headers.has(name)).toBe(false);
    expect([...headers].join()).not.toMatch(/koa|node|express/i);
  });

  it("keeps browsers from guessing its type, even when Node's HTTP server sends it", async () => {
    const { answer } = await sendAndWait("garbage\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*X-Content-Type-Options: nosniff/s);
    expect(answer).not.toMatch(/server:|x-powered-by|node/i);
  });
});
