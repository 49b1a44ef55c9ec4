import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

const onboard = (id: string) => app.asAdmin("POST", `/accounts/${id}/onboarding`);

describe("POST /accounts/{id}/onboarding", () => {
  it("201 with a link that no cache may store, and the client has an account", async () => {
    const { id } = await app.createClient();
    const { status, body, headers } = await onboard(id);
    expect([status, headers.get("cache-control")]).toEqual([201, "no-store"]);
    expect(body).toEqual({
      url: expect.stringMatching(/^https:\/\/processor\.example\//),
      expiresAt: expect.stringMatching(/^2026-01-02T03:0/),
    });
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body).toMatchObject({
      processorAccount: "acct_1",
      processorChargesEnabled: false,
    });
  });

  it("401 without an admin token", async () => {
    const { id } = await app.createClient();
    expect((await app.request("POST", `/accounts/${id}/onboarding`)).status).toBe(401);
  });

  it("404 for a client that does not exist", async () => {
    expect((await onboard("nobody")).body.code).toBe("client-not-found");
  });

  it("409 if no processor has accounts for the client's mode, and the detail says what to set", async () => {
    const { id } = await app.createClient("test");
    const { status, body } = await onboard(id);
    expect([status, body.code]).toEqual([409, "processor-not-configured"]);
    expect(body.detail).toContain("STRIPE_TEST_SECRET_KEY");
  });
});

describe("GET /onboarding/{page}", () => {
  it.each(["returned", "refresh"])("404 with a token that was not issued, for %s", async (page) => {
    const { id } = await app.createClient();
    for (const query of ["", `?client=${id}`, `?client=${id}&token=wrong`, `?client=${id}&token=a&token=b`]) {
      const { status, body } = await app.request("GET", `/onboarding/${page}${query}`);
      expect([status, body.code]).toEqual([404, "onboarding-token-invalid"]);
    }
  });

  it("writes no token and no link to the log", async () => {
    const { id } = await app.createClient();
    const { body } = await onboard(id);
    await app.request("GET", `/onboarding/returned?client=${id}&token=secret-of-the-test`);
    const log = JSON.stringify(app.lines);
    expect(log).not.toContain("secret-of-the-test");
    expect(log).not.toContain(body.url);
    expect(log).toContain("/onboarding/returned");
  });
});

describe("POST /processor-webhooks/{processor}", () => {
  it("404 for a processor that the service does not use", async () => {
    const { status, body } = await app.request("POST", "/processor-webhooks/stripe", { body: {} });
    expect([status, body.code]).toEqual([404, "not-found"]);
  });

  it("405 for another method", async () => {
    expect((await app.request("GET", "/processor-webhooks/stripe")).status).toBe(405);
  });
});
