import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

/** The bytes of the response. */
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

  it("404 for an unknown path, and 405 with Allow for an unsupported method", async () => {
    app = await startApp();
    expect((await app.request("GET", "/nothing")).body.code).toBe("not-found");
    const answer = await app.request("PUT", "/me");
    expect({ status: answer.status, allow: answer.headers.get("allow") }).toEqual({ status: 405, allow: "HEAD, GET" });
    expect(answer.body.code).toBe("method-not-allowed");
  });

  it.each(["GET", "HEAD", "PUT", "TRACE", "PROPFIND"])("405 for %s on a path with POST only", async (method) => {
    app = await startApp();
    const answer = await raw(`${method} /payments/create HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 405 .*^Allow: POST\r$/ms);
  });

  it("400 for a repeated header behind thousands of others", async () => {
    app = await startApp();
    const others = "a:\r\n".repeat(3_900);
    const head = `GET /me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nx-api-key: 1\r\n${others}x-api-key: 2\r\n\r\n`;
    expect(await raw(head)).toContain('"code":"repeated-header"');
  });

  it("400 by the HTTP server closes the connection, even if the caller does not close it", async () => {
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
    ...[
      "/livez#a",
      "/livez?a#b",
      "http://a/livez#a",
      "*",
      "ftp://a/livez",
      "http://a@b/livez",
      "http:///livez",
      "http://[/livez",
    ].map((target) => ["400", `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`, "malformed-request"] as const),
    ["400", "GET /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed-request"],
    [
      "501",
      "GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "unknown-transfer-coding",
    ],
    ["501", "HACK /livez HTTP/1.1\r\nHost: a\r\n\r\n", "not-implemented"],
    ["501", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "not-implemented"],
  ])("%s by the HTTP server is a problem too", async (status, text, code) => {
    app = await startApp();
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*X-Request-Id: `, "s"));
    expect(answer).toContain(`"code":"${code}"`);
    const [, requestId] = /^X-Request-Id: (.*)\r$/m.exec(answer) ?? [];
    expect(JSON.parse(app.lines.at(-1) ?? "")).toMatchObject({ requestId, status: Number(status), problem: code });
  });

  it.each([
    ["http://a/livez", "200"],
    ["HTTPS://[::1]:80/livez?a", "200"],
    ["http://xn--a/livez", "200"],
    ["http://a", "404"],
    ["http://a?b=http://c/livez", "404"],
  ])("a target that names the host is read as its path: %s", async (target, status) => {
    app = await startApp();
    expect(await raw(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} `),
    );
  });

  it("404 outside the base path", async () => {
    app = await startApp({ basePath: "/api/v1" });
    const answer = await app.asAdmin("POST", "/accounts", { name: "Acme", email: "a@b" });
    expect(answer.headers.get("location")).toBe(`/api/v1/accounts/${answer.body.id}`);
    expect((await app.request("GET", "/livez")).status).toBe(404);
    expect((await app.request("GET", "/api/v1/livez")).status).toBe(200);
  });

  it("writes one log line with client and key hint, and never the key", async () => {
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
