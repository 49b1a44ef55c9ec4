import { afterEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp | undefined;
afterEach(() => app?.stop());

describe("requests without a credential", () => {
  it.each([
    ["/livez", 200],
    ["/readyz", 200],
    ["/openapi.json", 200],
    ["/docs", 200],
    ["/nowhere", 404],
    ["/me", 401],
    ["/accounts", 401],
  ])("to %s get 429 only over the limit of their address", async (path, status) => {
    app = await startApp({ anonymousRequests: 2 });
    expect((await app.request("GET", path)).status).toBe(status);
    expect((await app.request("GET", "/livez")).status).toBe(200);
    const { status: last, headers, body } = await app.request("GET", path);
    expect(last).toBe(429);
    expect(body.code).toBe("too-many-anonymous-requests");
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(60);
  });

  it("over their limit do not affect clients and admins at the same address", async () => {
    app = await startApp({ anonymousRequests: 1 });
    const { apiKey } = await app.createClient();
    expect((await app.request("GET", "/livez")).status).toBe(200);
    expect((await app.request("GET", "/livez")).status).toBe(429);
    expect((await app.me(apiKey)).status).toBe(200);
    expect((await app.asAdmin("GET", "/accounts")).status).toBe(200);
    expect((await app.asAdmin("GET", "/metrics")).status).toBe(200);
  });
});
