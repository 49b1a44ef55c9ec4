import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { EVENT_TYPES } from "@payments/domain";
import { anEvent, expectOk, InMemoryWebhookDeliveries } from "@payments/domain/testing";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let headers: { readonly "x-api-key": string };
let clientId: string;

const start = async (options: Parameters<typeof startApp>[0] = {}) => {
  app = await startApp(options);
  const client = await app.createClient("test");
  clientId = client.id;
  headers = { "x-api-key": client.apiKey };
};
beforeEach(() => start());
afterEach(() => app.stop());

const send = (method: string, path: string, body?: unknown) =>
  app.request(method, path, { ...(body !== undefined && { body }), headers });
const url = "https://hooks.example/events";
const create = (fields: object = {}) => send("POST", "/webhook-endpoints", { url, ...fields });
const createPath = async (fields: object = {}): Promise<string> =>
  `/webhook-endpoints/${(await create(fields)).body.id}`;
const ABSENT = "/webhook-endpoints/we_01kdy42agge009rf8bhszpmqa2";

describe("POST /webhook-endpoints", () => {
  it("201 with the endpoint and its secret, which no other response shows", async () => {
    const created = await create({ eventTypes: ["payment.succeeded"], description: "Orders" });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(`/webhook-endpoints/${created.body.id}`);
    expect(created.headers.get("cache-control")).toBe("no-store");
    const { secret, ...endpoint } = created.body;
    expect(secret).toMatch(/^whsec_/);
    expect(endpoint).toEqual({
      id: expect.stringMatching(/^we_[0-7][0-9a-hjkmnp-tv-z]{25}$/),
      url,
      eventTypes: ["payment.succeeded"],
      description: "Orders",
      status: "enabled",
      disabledReason: null,
      formerSecretEndsAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const path = `/webhook-endpoints/${endpoint.id}`;
    expect((await send("GET", path)).body).toEqual(endpoint);
    const page = { hasMore: false, next: null, previous: null };
    expect((await send("GET", "/webhook-endpoints")).body).toEqual({ data: [endpoint], ...page });
    expect(app.lines.join("\n")).not.toContain(secret);
  });

  it("201 for all types and no description by default", async () => {
    expect((await create()).body).toMatchObject({ eventTypes: null, description: null });
  });

  it.each([
    [{ url: "http://hooks.example/" }, "/url", "must be an https URL"],
    [{ url: 7 }, "/url", "must be a string"],
    [{ eventTypes: ["payment.vanished"] }, "/eventTypes/0", `must be one of ${EVENT_TYPES.join(", ")}`],
    [{ eventTypes: [] }, "/eventTypes", "must have at least one type, or be null for all types"],
    [{ eventTypes: ["refund.failed", "refund.failed"] }, "/eventTypes", "must name each type once"],
    [{ description: "x".repeat(256) }, "/description", "must be at most 255 characters"],
    [{ secret: "whsec_mine" }, "/secret", "is not a known field"],
  ])("400 for %j", async (fields, pointer, detail) => {
    const { status, body } = await create(fields);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid-request", errors: [{ pointer, detail }] });
  });

  it("400 for the 17th endpoint, and 201 for another client's first", async () => {
    for (let count = 0; count < 16; count++) expect((await create()).status).toBe(201);
    expect(await create()).toMatchObject({ status: 400, body: { code: "webhook-endpoint-limit-reached" } });
    const other = await app.createClient();
    const created = await app.request("POST", "/webhook-endpoints", {
      body: { url },
      headers: { "x-api-key": other.apiKey },
    });
    expect(created.status).toBe(201);
  });

  it("409 without a key that encrypts the secret", async () => {
    await app.stop();
    await start({ cipher: null });
    expect(await create()).toMatchObject({ status: 409, body: { code: "encryption-not-configured" } });
    expect((await send("GET", "/webhook-endpoints")).body).toMatchObject({ data: [] });
  });
});

describe("PATCH /webhook-endpoints/{id}", () => {
  it("200 with the given fields changed", async () => {
    const path = await createPath({ eventTypes: ["refund.failed"], description: "Orders" });
    const disabled = await send("PATCH", path, { status: "disabled" });
    expect(disabled.status).toBe(200);
    expect(disabled.body).toMatchObject({ status: "disabled", disabledReason: "client", description: "Orders" });
    const changes = { status: "enabled", url: "https://other.example/", eventTypes: null, description: null };
    const changed = await send("PATCH", path, changes);
    expect(changed.body).toMatchObject({ ...changes, disabledReason: null });
    expect((await send("GET", path)).body).toEqual(changed.body);
  });

  it.each([
    [{}, "", "must have a field to change"],
    [{ status: "paused" }, "/status", "must be enabled or disabled"],
    [{ url: "http://hooks.example/" }, "/url", "must be an https URL"],
  ])("400 for %j", async (changes, pointer, detail) => {
    const { status, body } = await send("PATCH", await createPath(), changes);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ pointer, detail }]);
  });
});

describe("POST /webhook-endpoints/{id}/rotate-secret", () => {
  it("200 with the new secret and the end of the former one", async () => {
    const path = await createPath();
    const rotated = await send("POST", `${path}/rotate-secret`, { overlapSeconds: 60 });
    expect(rotated.status).toBe(200);
    expect(rotated.headers.get("cache-control")).toBe("no-store");
    expect(rotated.body).toMatchObject({
      secret: expect.stringMatching(/^whsec_/),
      formerSecretEndsAt: new Date(app.clock.now().getTime() + 60_000).toISOString(),
    });
    expect((await send("POST", `${path}/rotate-secret`)).body).toMatchObject({ formerSecretEndsAt: null });
  });

  it.each([-1, 86_401, 1.5])("400 for an overlap of %d seconds", async (overlapSeconds) => {
    const { status } = await send("POST", `${await createPath()}/rotate-secret`, { overlapSeconds });
    expect(status).toBe(400);
  });
});

describe("POST /webhook-endpoints/{id}/test", () => {
  it("201 with the delivery, which is sent at once", async () => {
    const path = await createPath({ eventTypes: ["refund.failed"] });
    const { status, body } = await send("POST", `${path}/test`);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^evt_/),
      endpointId: path.split("/").at(-1),
      eventType: "webhook_endpoint.test",
      status: "pending",
      nextAttemptAt: expect.any(String),
      attempts: [],
      createdAt: expect.any(String),
    });
    expect(app.wakes()).toBe(1);
    expect((await send("GET", `${path}/deliveries`)).body).toEqual({
      data: [body],
      hasMore: false,
      next: null,
      previous: null,
    });
  });
});

describe("the deliveries of an endpoint", () => {
  const deliver = async (): Promise<void> => {
    const deliveries = new InMemoryWebhookDeliveries(app.webhooks, app.clock);
    for (const turn of expectOk(await deliveries.claim("healthy", 10, 10, 1_000))) {
      const outcome = { type: "responded", status: 500, response: "no", retryAfterMs: null } as const;
      const attempted = turn.deliveries.map(({ id }) => ({
        id,
        attempt: { startedAt: app.clock.now(), durationMs: 7, outcome },
        next: { state: "failed", retryInMs: null } as const,
      }));
      expectOk(await deliveries.settle(turn, { attempted, condition: "healthy", disable: null }));
    }
  };

  it("200 with each attempt and its response, and 200 for a resend", async () => {
    const path = await createPath();
    const event = anEvent({ uuid: "01900000-0000-7000-8000-00000000ffff", clientId });
    app.webhooks.events.push(event);
    await deliver();
    const { body } = await send("GET", `${path}/deliveries`);
    expect(body.data).toMatchObject([
      {
        id: event.id,
        eventType: "payment.created",
        status: "failed",
        nextAttemptAt: null,
        attempts: [{ durationMs: 7, responseStatus: 500, response: "no", failure: null }],
      },
    ]);
    const resent = await send("POST", `${path}/deliveries/${event.id}/resend`);
    expect(resent).toMatchObject({ status: 200, body: { id: event.id, status: "pending" } });
    expect(app.wakes()).toBe(1);
  });

  it("204 for a replay, which sends the events again", async () => {
    const path = await createPath();
    const createdAt = app.clock.now();
    app.webhooks.events.push(anEvent({ uuid: "01900000-0000-7000-8000-00000000ffff", clientId, createdAt }));
    await deliver();
    expect((await send("POST", `${path}/replay`, { since: createdAt.toISOString() })).status).toBe(204);
    expect((await send("GET", `${path}/deliveries`)).body.data).toMatchObject([{ status: "pending" }]);
    expect(app.wakes()).toBe(1);
  });

  it("400 for a replay from the future", async () => {
    const since = new Date(app.clock.now().getTime() + 61_000).toISOString();
    const { status, body } = await send("POST", `${await createPath()}/replay`, { since });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ pointer: "/since", detail: "must not be in the future" }]);
  });

  it.each(["yesterday", "2026-01-02", 7])("400 for a replay from %j", async (since) => {
    const { status, body } = await send("POST", `${await createPath()}/replay`, { since });
    expect(status).toBe(400);
    expect(body.errors[0].pointer).toBe("/since");
  });

  it("400 for a cursor that is not one", async () => {
    const { status, body } = await send("GET", `${await createPath()}/deliveries?after=nonsense`);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ parameter: "after", detail: "must be a cursor of an earlier page" }]);
  });

  it("404 for a delivery that is absent, and for an id that is none", async () => {
    const path = await createPath();
    for (const id of ["evt_01kdy42agge009rf8bhszpmqa2", "nonsense"]) {
      const { status, body } = await send("POST", `${path}/deliveries/${id}/resend`);
      expect([status, body.code]).toEqual([404, "webhook-delivery-not-found"]);
    }
  });
});

describe("an endpoint that is deleted, absent or another client's", () => {
  const since = () => app.clock.now().toISOString();
  const requests = (path: string): readonly (readonly [string, string, unknown?])[] => [
    ["GET", path],
    ["PATCH", path, { status: "disabled" }],
    ["POST", `${path}/rotate-secret`],
    ["POST", `${path}/test`],
    ["GET", `${path}/deliveries`],
    ["POST", `${path}/deliveries/evt_01kdy42agge009rf8bhszpmqa2/resend`],
    ["POST", `${path}/replay`, { since: since() }],
    ["DELETE", path],
  ];

  it("404 for every route", async () => {
    const path = await createPath();
    expect((await send("DELETE", path)).status).toBe(204);
    const foreign = await createPath();
    const other = await app.createClient();
    const paths = [
      [path, headers],
      [ABSENT, headers],
      ["/webhook-endpoints/nonsense", headers],
      [foreign, { "x-api-key": other.apiKey }],
    ] as const;
    for (const [absent, sender] of paths) {
      for (const [method, target, body] of requests(absent)) {
        const response = await app.request(method, target, { ...(body !== undefined && { body }), headers: sender });
        expect([method, target, response.status, response.body.code]).toEqual([
          method,
          target,
          404,
          "webhook-endpoint-not-found",
        ]);
      }
    }
    expect((await send("GET", foreign)).body.status).toBe("enabled");
  });

  it("401 without a key", async () => {
    expect((await app.request("GET", "/webhook-endpoints")).status).toBe(401);
    expect((await app.request("POST", "/webhook-endpoints", { body: { url } })).status).toBe(401);
  });
});
