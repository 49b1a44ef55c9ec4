import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

const payment = { amount: 1250, currency: "EUR" };

describe("GET /accounts/{id}", () => {
  it("200 shows the last use of the key on any route", async () => {
    const { id, apiKey } = await app.createClient();
    const headers = { "x-api-key": apiKey };
    const lastUse = async () => (await app.asAdmin("GET", `/accounts/${id}`)).body.apiKeyLastUsedAt;
    expect(await lastUse()).toBeNull();
    for (const use of [
      () => app.request("GET", "/me", { headers }),
      () => app.request("GET", "/payments", { headers }),
      () => app.request("POST", "/payments/create", { headers, body: payment }),
      () => app.request("POST", "/payments/create", { headers, body: {} }),
    ]) {
      app.clock.advance(60_000);
      await use();
      expect(await lastUse()).toBe(app.clock.now().toISOString());
    }
  });

  it("200 counts each request with a former key once, until its overlap ends", async () => {
    const { id, apiKey } = await app.createClient();
    const rotated = await app.asAdmin("POST", `/accounts/${id}/api-key`, { overlapSeconds: 600 });
    const { overlapEndsAt } = rotated.body;
    const former = async () => (await app.asAdmin("GET", `/accounts/${id}`)).body.formerApiKey;
    const keyHint = expect.stringContaining("...");
    expect(await former()).toEqual({ keyHint, overlapEndsAt, lastUsedAt: null, uses: 0 });
    const headers = { "x-api-key": apiKey };
    await app.request("POST", "/payments/create", { headers, body: payment });
    await app.request("POST", "/payments/create", { headers, body: "{" });
    await app.request("GET", "/me", { headers });
    await app.me(rotated.body.apiKey);
    const lastUsedAt = app.clock.now().toISOString();
    expect(await former()).toEqual({ keyHint, overlapEndsAt, lastUsedAt, uses: 3 });
    app.clock.advance(600_000);
    expect(await former()).toBeNull();
    const { endedApiKey } = (await app.asAdmin("GET", `/accounts/${id}`)).body;
    expect(endedApiKey).toEqual({ keyHint, endedAt: overlapEndsAt, lastUsedAt });
  });

  it("200 still shows the hint and the last use of a revoked key", async () => {
    const { id, apiKey } = await app.createClient();
    await app.me(apiKey);
    const before = (await app.asAdmin("GET", `/accounts/${id}`)).body;
    expect(before.endedApiKey).toBeNull();
    app.clock.advance(60_000);
    await app.asAdmin("DELETE", `/accounts/${id}/api-key`);
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body).toMatchObject({
      keyHint: null,
      apiKeyLastUsedAt: null,
      endedApiKey: {
        keyHint: before.keyHint,
        endedAt: app.clock.now().toISOString(),
        lastUsedAt: before.apiKeyLastUsedAt,
      },
    });
  });

  it("200 does not count a rejected key as used", async () => {
    const { id, apiKey } = await app.createClient();
    await app.asAdmin("PATCH", `/accounts/${id}`, { status: "inactive" });
    const headers = { "x-api-key": apiKey };
    await app.request("GET", "/me", { headers });
    await app.request("POST", "/payments/create", { headers, body: payment });
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body.apiKeyLastUsedAt).toBeNull();
  });
});
