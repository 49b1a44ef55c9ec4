import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let id: string;
let created: Awaited<ReturnType<TestApp["asAdmin"]>>;
beforeAll(async () => {
  app = await startApp();
  created = await app.asAdmin("POST", "/accounts", { name: "Acme", email: "ops@acme.example" });
  id = created.body.id;
  await app.asAdmin("PATCH", `/accounts/${id}`, { status: "inactive" });
  await app.createClient();
});
afterAll(() => app.stop());

describe("GET /accounts/{id}/audit-events", () => {
  it("200 with the client's events, newest first, each with the admin, the request and the address", async () => {
    const { status, body } = await app.asAdmin("GET", `/accounts/${id}/audit-events`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ hasMore: false, next: null, previous: null });
    const actor = { type: "admin", subject: "ada", requestId: expect.any(String), address: expect.any(String) };
    const common = { id: expect.stringMatching(/^aud_/), clientId: id, actor, createdAt: expect.any(String) };
    expect(body.data).toEqual([
      {
        ...common,
        sequence: 2,
        type: "client-updated",
        details: {
          fields: ["status"],
          status: "inactive",
          keyHint: expect.any(String),
          fee: { basisPoints: 0, fixed: 0 },
          processorAccount: null,
          processorChargesEnabled: false,
        },
        hash: expect.any(String),
      },
      {
        ...common,
        actor: { ...actor, requestId: created.headers.get("x-request-id") },
        sequence: 1,
        type: "client-created",
        details: { keyHint: expect.any(String), mode: "live" },
        hash: expect.any(String),
      },
    ]);
    expect(JSON.stringify(body)).not.toContain(created.body.apiKey);
  });

  it("200 for each page that `next` names", async () => {
    const first = await app.asAdmin("GET", `/accounts/${id}/audit-events?limit=1`);
    const second = await app.asAdmin("GET", `/accounts/${id}/audit-events?limit=1&after=${first.body.next}`);
    expect([...first.body.data, ...second.body.data].map(({ sequence }) => sequence)).toEqual([2, 1]);
  });

  it("404 for an unknown client", async () => {
    const { status, body } = await app.asAdmin("GET", "/accounts/nobody/audit-events");
    expect([status, body.code]).toEqual([404, "client-not-found"]);
  });

  it.each(["after=nonsense", "after=pay_01kdy42ag0e009retbhbxzcsj2", "limit=101"])("400 for %s", async (query) => {
    expect((await app.asAdmin("GET", `/accounts/${id}/audit-events?${query}`)).status).toBe(400);
  });
});

describe("GET /audit-events", () => {
  it("200 with the events of all clients, newest first", async () => {
    const { status, body } = await app.asAdmin("GET", "/audit-events");
    expect(status).toBe(200);
    expect(body.data.map(({ type }: { type: string }) => type)).toEqual([
      "client-created",
      "client-updated",
      "client-created",
    ]);
  });

  it.each(["/audit-events", "/accounts/x/audit-events"])("401 for %s with an API key", async (path) => {
    const { apiKey } = await app.createClient();
    expect((await app.request("GET", path, { headers: { "x-api-key": apiKey } })).status).toBe(401);
  });
});
