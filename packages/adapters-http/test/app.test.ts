import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { failingPayments, startApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

const payment = { amount: 1250, currency: "EUR" };

/** The status line and the body of a raw answer. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(app.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    socket.once("error", reject);
    socket.once("close", () => resolve(answer));
  });

describe("POST /payments/create", () => {
  it.each([["another client's"], [null], [{ id: 1 }], [42]])(
    "201 for a clientId of %j, which changes nothing",
    async (clientId) => {
      app = await startApp();
      const { id, apiKey } = await app.createClient();
      const body = { ...payment, clientId };
      const answer = await app.request("POST", "/payments/create", { body, headers: { "x-api-key": apiKey } });
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({ clientId: id, currency: "EUR", description: null, metadata: {} });
      expect(answer.headers.get("location")).toBe(`/payments/${answer.body.id}`);
    },
  );

  it("400 names every fault of the request at once", async () => {
    app = await startApp();
    const { apiKey } = await app.createClient();
    const body = { currency: "XX", metadata: { a: 1, ["k".repeat(41)]: "v" }, role: "admin" };
    const headers = { "x-api-key": apiKey, "idempotency-key": "a b" };
    const { status, body: problem } = await app.request("POST", "/payments/create", { body, headers });
    expect({ status, type: problem.type }).toEqual({ status: 400, type: "/docs#invalid-request" });
    const places = problem.errors.map(
      ({ pointer, header }: { pointer?: string; header?: string }) => pointer ?? header,
    );
    expect(places.sort()).toEqual(
      ["/amount", "/currency", "/metadata/a", `/metadata/${"k".repeat(41)}`, "/role", "Idempotency-Key"].sort(),
    );
  });

  it.each([
    ["unknown fields", (many: object) => ({ ...payment, ...many }), 100],
    ["pairs that are no strings", (metadata: object) => ({ ...payment, metadata }), 51],
  ])("400 names no more faults of thousands of %s than a person would read", async (_, bodyOf, told) => {
    app = await startApp();
    const { apiKey } = await app.createClient();
    const many = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`k${index}`, index]));
    const headers = { "x-api-key": apiKey };
    const answer = await app.request("POST", "/payments/create", { body: bodyOf(many), headers });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toHaveLength(told);
  });

  it.each([
    ["/amount", { ...payment, amount: "1" }, "must be a number"],
    ["/currency", { amount: 1 }, "is required and must be a string"],
    ["/metadata", { ...payment, metadata: [] }, "must be a JSON object"],
    ["", [], "must be a JSON object"],
  ])("400 says of what kind %j must be", async (pointer, body, detail) => {
    app = await startApp();
    const { apiKey } = await app.createClient();
    const answer = await app.request("POST", "/payments/create", { body, headers: { "x-api-key": apiKey } });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer, detail }] } });
  });

  it("503 with Retry-After while the database is away, and tells nothing of why", async () => {
    app = await startApp({ payments: failingPayments("away") });
    const { apiKey } = await app.createClient();
    const answer = await app.request("POST", "/payments/create", { body: payment, headers: { "x-api-key": apiKey } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(app.lines.join("")).toContain("secret of the database");
  });

  it("500 for a bug, which is logged, and the next request is served", async () => {
    app = await startApp({ payments: failingPayments("bug") });
    const { apiKey } = await app.createClient();
    const headers = { "x-api-key": apiKey, "x-request-id": "ticket-42" };
    const answer = await app.request("POST", "/payments/create", { body: payment, headers });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: "internal-error", requestId: "ticket-42" });
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(app.lines.find((line) => line.includes("secret of the stack"))).toContain("ticket-42");
    expect((await app.request("GET", "/me", { headers })).status).toBe(200);
  });
});

describe("every request", () => {
  it.each(["x-api-key", "Authorization", "idempotency-key", "content-type", "Host"])(
    "400 for a repeated %s",
    async (name) => {
      app = await startApp();
      const answer = await raw(`GET /me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${name}: 1\r\n${name}: 1\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"repeated-header"');
      expect(answer).toContain(`"errors":[{"header":"${name.toLowerCase()}","detail":"must be sent once"}]`);
    },
  );

  it("404 and 405 as problems, the latter with the methods that are allowed", async () => {
    app = await startApp();
    expect((await app.request("GET", "/nothing")).body.code).toBe("not-found");
    const answer = await app.request("PUT", "/me");
    expect({ status: answer.status, allow: answer.headers.get("allow") }).toEqual({ status: 405, allow: "HEAD, GET" });
    expect(answer.body.code).toBe("method-not-allowed");
  });

  it.each(["GET", "HEAD", "PUT", "TRACE", "PROPFIND"])(
    "405 for %s of a path that is for POST alone",
    async (method) => {
      app = await startApp();
      const answer = await raw(`${method} /payments/create HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 405 .*^Allow: POST\r$/ms);
    },
  );

  it("sees a header that is repeated behind thousands of others", async () => {
    app = await startApp();
    const others = "a:\r\n".repeat(3_900);
    const head = `GET /me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nx-api-key: 1\r\n${others}x-api-key: 2\r\n\r\n`;
    expect(await raw(head)).toContain('"code":"repeated-header"');
  });

  it("that is refused by the HTTP server itself is cut off, even when its caller never hangs up", async () => {
    app = await startApp();
    const socket = connect({ port: app.port, host: "127.0.0.1", allowHalfOpen: true }).resume();
    socket.write("nonsense\r\n\r\n");
    await once(socket, "end");
    await app.stop();
    socket.destroy();
  });

  it.each([
    ["400", "nonsense\r\n\r\n", "malformed-request"],
    ["400", "GET /livez HTTP/1.1\r\n\r\n", "malformed-request"],
    [
      "400",
      "POST /me HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "malformed-request",
    ],
    ["414", `GET /${"a".repeat(8_192)} HTTP/1.1\r\nHost: a\r\n\r\n`, "uri-too-long"],
    ["431", `GET / HTTP/1.1\r\nHost: a\r\nx: ${"a".repeat(17_000)}\r\n\r\n`, "headers-too-large"],
    ["400", "GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", "malformed-request"],
    ["400", "GET /livez\r\n\r\n", "malformed-request"],
    ["400", "GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n", "malformed-request"],
    ["400", "GET /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed-request"],
    [
      "501",
      "GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "unknown-transfer-coding",
    ],
    ["501", "HACK /livez HTTP/1.1\r\nHost: a\r\n\r\n", "not-implemented"],
    ["501", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "not-implemented"],
  ])("%s as a problem from the HTTP server itself", async (status, text, code) => {
    app = await startApp();
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*X-Request-Id: `, "s"));
    expect(answer).toContain(`"code":"${code}"`);
    const [, requestId] = /^X-Request-Id: (.*)\r$/m.exec(answer) ?? [];
    expect(JSON.parse(app.lines.at(-1) ?? "")).toMatchObject({ requestId, status: Number(status), problem: code });
  });

  it("is under the base path, and only there", async () => {
    app = await startApp({ basePath: "/api/v1" });
    const answer = await app.asAdmin("POST", "/accounts", { name: "Acme", email: "a@b" });
    expect(answer.headers.get("location")).toBe(`/api/v1/accounts/${answer.body.id}`);
    expect((await app.request("GET", "/livez")).status).toBe(404);
    expect((await app.request("GET", "/api/v1/livez")).status).toBe(200);
  });

  it("leaves one line in the log that names client and key hint, and never the key", async () => {
    app = await startApp();
    const { id, apiKey } = await app.createClient();
    await app.request("GET", "/payments", { headers: { "x-api-key": apiKey, "x-request-id": "forged\t[31m" } });
    const line = JSON.parse(app.lines.at(-1) ?? "");
    expect(line).toMatchObject({ method: "GET", route: "/payments", status: 200, clientId: id });
    expect(line.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(app.lines.join("")).not.toContain(apiKey);
    expect(app.lines.join("")).not.toContain(apiKey.slice(-10));
  });
});
