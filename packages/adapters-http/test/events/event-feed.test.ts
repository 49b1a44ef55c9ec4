import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { aFact, euros, expectOk, InMemoryChargeRepository } from "@payments/domain/testing";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let client: { readonly id: string; readonly apiKey: string };
let other: { readonly id: string; readonly apiKey: string };

beforeEach(async () => {
  app = await startApp();
  client = await app.createClient("test");
  other = await app.createClient("live");
});
afterEach(() => app.stop());

const get = (path: string, { apiKey } = client) => app.request("GET", path, { headers: { "x-api-key": apiKey } });
const pay = async ({ apiKey } = client) => {
  const headers = { "x-api-key": apiKey };
  const more = apiKey === client.apiKey ? { paymentMethod: "approved" } : {};
  const { status, body } = await app.request("POST", "/payments/create", {
    headers,
    body: { amount: 1_000, currency: "EUR", ...more },
  });
  expect(status).toBe(201);
  return body;
};
const typesOf = ({ data }: { data: readonly { type: string }[] }) => data.map(({ type }) => type);

/** As a processor's notification would report it. */
const dispute = async (paymentId: string): Promise<void> => {
  const charges = new InMemoryChargeRepository(app.storage, app.clock);
  const facts = [aFact("dispute-opened", "dp_1", euros(400))];
  const charge = expectOk(await charges.find(client.id as never, [paymentId as never])).get(paymentId as never);
  const report = { payment: charge?.processorPayment as never, facts };
  expectOk(await charges.report(client.id as never, paymentId as never, report));
};

describe("GET /events", () => {
  it("200 with the client's events, oldest first, each with a full copy of its object", async () => {
    const payment = await pay();
    const recorded = await pay(other);
    const { status, body } = await get("/events");
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["data", "hasMore", "next", "previous"]);
    expect(body).toMatchObject({ hasMore: false, previous: null });
    const [created, succeeded] = body.data;
    expect(created).toMatchObject({
      type: "payment.created",
      mode: "test",
      sequence: 1,
      data: { object: { id: payment.id, status: "processing" } },
    });
    expect(succeeded).toEqual({
      id: expect.stringMatching(/^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$/),
      type: "payment.succeeded",
      createdAt: expect.any(String),
      mode: "test",
      sequence: 2,
      data: { object: payment },
    });
    expect((await get("/events", other)).body.data).toMatchObject([
      { type: "payment.created", mode: "live", data: { object: recorded } },
    ]);
  });

  it("200 with the next events for a reader that follows next, also after the end of the feed", async () => {
    const first = await pay();
    const page = (await get("/events?limit=1")).body;
    expect(page).toMatchObject({ hasMore: true, data: [{ type: "payment.created" }] });
    const rest = (await get(`/events?limit=5&after=${page.next}`)).body;
    expect(rest).toMatchObject({ hasMore: false, data: [{ type: "payment.succeeded" }] });
    expect((await get(`/events?after=${rest.next}`)).body).toEqual({
      data: [],
      hasMore: false,
      next: rest.next,
      previous: null,
    });
    const second = await pay();
    const later = (await get(`/events?after=${rest.next}`)).body;
    expect(typesOf(later)).toEqual(["payment.created", "payment.succeeded"]);
    expect(later.data[0].data.object.id).toBe(second.id);
    expect(first.id).not.toBe(second.id);
  });

  it("200 and no cursor while there was no event", async () => {
    expect((await get("/events")).body).toEqual({ data: [], hasMore: false, next: null, previous: null });
  });

  it("400 for a cursor of another client, which says what to do", async () => {
    await pay(other);
    const { next } = (await get("/events", other)).body;
    const { status, body } = await get(`/events?after=${next}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: "invalid-request",
      errors: [{ parameter: "after", detail: expect.stringContaining("start at the oldest event") }],
    });
  });

  it.each([
    ["after=nonsense", [{ parameter: "after", detail: "must be a cursor of an earlier page" }]],
    ["before=x", [{ parameter: "before", detail: "is not a known parameter" }]],
    ["limit=0", [{ parameter: "limit", detail: "must be an integer from 1 to 100" }]],
  ])("400 for %s", async (query, errors) => {
    const { status, body } = await get(`/events?${query}`);
    expect(status).toBe(400);
    expect(body.errors).toEqual(errors);
  });

  it("401 without a key", async () => {
    expect((await app.request("GET", "/events")).status).toBe(401);
  });
});

describe("GET /payments/{id}/events", () => {
  it("200 with the payment's own events, by sequence", async () => {
    await pay();
    const { id } = await pay();
    await dispute(id);
    const { status, body } = await get(`/payments/${id}/events`);
    expect(status).toBe(200);
    expect(typesOf(body)).toEqual(["payment.created", "payment.succeeded", "dispute.opened"]);
    expect(body.data.map(({ sequence }: { sequence: number }) => sequence)).toEqual([1, 2, 3]);
  });

  it("200 with a page, and the next events for a reader that follows next", async () => {
    const { id } = await pay();
    const page = (await get(`/payments/${id}/events?limit=1`)).body;
    expect([typesOf(page), page.hasMore, page.next, page.previous]).toEqual([["payment.created"], true, "1", null]);
    await dispute(id);
    const rest = (await get(`/payments/${id}/events?after=1`)).body;
    expect([typesOf(rest), rest.hasMore, rest.next]).toEqual([["payment.succeeded", "dispute.opened"], false, "3"]);
    const end = { data: [], hasMore: false, next: "3", previous: null };
    expect((await get(`/payments/${id}/events?after=3`)).body).toEqual(end);
    expect((await get(`/payments/${id}/events?after=evt_1`)).body.errors).toEqual([
      { parameter: "after", detail: "must be a cursor of an earlier page" },
    ]);
  });

  it("404 for another client's payment, as for none", async () => {
    const { id } = await pay();
    for (const path of [`/payments/${id}/events`, "/payments/pay_01kdy42agge009rf8bhszpmqa2/events"]) {
      const { status, body } = await get(path, other);
      expect([status, body.code]).toEqual([404, "payment-not-found"]);
    }
  });
});

describe("GET /disputes", () => {
  it("200 with the client's disputes, and each by its id", async () => {
    const { id } = await pay();
    await dispute(id);
    const { status, body } = await get("/disputes");
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        {
          id: expect.stringMatching(/^dp_/),
          paymentId: id,
          amount: 400,
          currency: "EUR",
          status: "open",
          createdAt: expect.any(String),
        },
      ],
      hasMore: false,
      next: null,
      previous: null,
    });
    const [found] = body.data;
    expect(await get(`/disputes/${found.id}`)).toMatchObject({ status: 200, body: found });
    expect((await get("/disputes", other)).body.data).toEqual([]);
    expect(await get(`/disputes/${found.id}`, other)).toMatchObject({
      status: 404,
      body: { code: "dispute-not-found" },
    });
    expect((await get("/disputes/dp_nonsense")).status).toBe(404);
  });
});
