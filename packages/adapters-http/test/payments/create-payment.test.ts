import { afterEach, describe, expect, it } from "@jest/globals";
import { type PaymentRepository, storageUnavailable, toUuid } from "@payments/domain";
import { aPayment } from "@payments/domain/testing";
import { errAsync, okAsync } from "neverthrow";
import { failingPayments, startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

const payment = { amount: 1250, currency: "EUR" };

type Headers = Record<string, string>;
const me = (apiKey: string) => app.request("GET", "/me", { headers: { "x-api-key": apiKey } });
const pay = (apiKey: string, body: unknown = payment, headers: Headers = {}) =>
  app.request("POST", "/payments/create", { body, headers: { "x-api-key": apiKey, ...headers } });
const newKey = async (id: string): Promise<string> =>
  (await app.asAdmin("POST", `/accounts/${id}/api-key`)).body.apiKey;

/** How much of the quota is left after one more request. */
const left = async (apiKey: string): Promise<string | null> => (await me(apiKey)).headers.get("ratelimit");
const remaining = (requests: number) => expect.stringContaining(`"client";r=${requests};`);

/** Storage that refuses the credential the first time, and then does what the test wants. */
const refusingFirst = (then: PaymentRepository["create"]): PaymentRepository => {
  let tries = 0;
  return {
    ...failingPayments("bug"),
    create: (...payment) => (tries++ === 0 ? errAsync({ type: "credential-not-current" }) : then(...payment)),
  };
};

describe("a payment that is sent again", () => {
  const once = { "idempotency-key": "once" };

  it("201 gives the first one, says that it is replayed, and is counted as that", async () => {
    app = await startApp();
    const { apiKey } = await app.createClient();
    const first = await pay(apiKey, payment, once);
    const again = await pay(apiKey, payment, once);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("location")).toBe(`/payments/${first.body.id}`);
    expect([first, again].map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([null, "true"]);
    const metrics = (await app.asAdmin("GET", "/metrics")).body;
    expect(metrics).toContain('payments_total{outcome="created"} 1\n');
    expect(metrics).toContain('payments_total{outcome="replayed"} 1\n');
  });
});

describe("a key that ended after its last use", () => {
  const requests: readonly [string, unknown, Headers][] = [
    ["a payment", payment, {}],
    ["faulty", { amount: 0 }, {}],
    ["no JSON", "{", {}],
    ["for another media type", payment, { accept: "text/html" }],
  ];

  it.each(requests)(
    "401 when the request is %s, which its client neither pays nor is told of",
    async (_, body, headers) => {
      app = await startApp({ clientRequests: 9 });
      const { id, apiKey } = await app.createClient();
      expect((await pay(apiKey)).status).toBe(201);
      const current = await newKey(id);
      const answer = await pay(apiKey, body, headers);
      expect(answer).toMatchObject({ status: 401, body: { code: "invalid-api-key" } });
      expect(answer.headers.get("ratelimit")).toBeNull();
      expect(await left(current)).toEqual(remaining(7));
      expect(app.storage.payments).toHaveLength(1);
    },
  );

  it("401 also where the quota is used up, and gives nothing of it back", async () => {
    app = await startApp({ clientRequests: 1 });
    const { id, apiKey } = await app.createClient();
    expect((await pay(apiKey)).status).toBe(201);
    expect((await pay(apiKey)).status).toBe(429);
    const current = await newKey(id);
    expect((await pay(apiKey)).status).toBe(401);
    expect((await pay(current)).status).toBe(429);
  });

  it("does not count as used by what was refused", async () => {
    app = await startApp();
    const { id, apiKey } = await app.createClient();
    await pay(apiKey);
    const lastUsedAt = app.clock.now().toISOString();
    await app.asAdmin("PATCH", `/accounts/${id}`, { status: "inactive" });
    app.clock.advance(60_000);
    expect((await pay(apiKey)).status).toBe(401);
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body.apiKeyLastUsedAt).toBe(lastUsedAt);
  });

  it("503 while storage is away: whether the payment was stored is not known", async () => {
    app = await startApp({ payments: failingPayments("away") });
    const { id, apiKey } = await app.createClient();
    await me(apiKey);
    await newKey(id);
    expect(await pay(apiKey)).toMatchObject({ status: 503, body: { code: "service-unavailable" } });
  });
});

describe("a key that storage no longer knows in the form that was remembered", () => {
  it("201 where it knows the key in another form, and the client pays for one request", async () => {
    const payments = refusingFirst((payment) => okAsync({ payment, replayed: false }));
    app = await startApp({ payments, clientRequests: 9 });
    const { id, apiKey } = await app.createClient();
    const answer = await pay(apiKey);
    expect(answer).toMatchObject({ status: 201, body: { clientId: id } });
    expect(answer.headers.get("ratelimit")).toEqual(remaining(8));
    expect(await left(apiKey)).toEqual(remaining(7));
  });

  it("401 where it refuses it again, and the client pays nothing and is told nothing", async () => {
    const payments = refusingFirst(() => errAsync({ type: "credential-not-current" }));
    app = await startApp({ payments, clientRequests: 9 });
    const { apiKey } = await app.createClient();
    const answer = await pay(apiKey);
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid-api-key" } });
    expect(answer.headers.get("ratelimit")).toBeNull();
    expect(await left(apiKey)).toEqual(remaining(8));
  });

  it("503 where it is away by then, and the request is paid for", async () => {
    app = await startApp({ payments: refusingFirst(() => errAsync(storageUnavailable("away"))), clientRequests: 9 });
    const { apiKey } = await app.createClient();
    expect((await pay(apiKey)).status).toBe(503);
    expect(await left(apiKey)).toEqual(remaining(7));
  });

  it("is asked for no second try where the idempotency key was used for another payment", async () => {
    let tries = 0;
    const create: PaymentRepository["create"] = ({ id, clientId }) => {
      tries++;
      return okAsync({ payment: aPayment({ uuid: toUuid(id), clientId, amount: "1" }), replayed: true });
    };
    app = await startApp({ payments: { ...failingPayments("bug"), create } });
    const { apiKey } = await app.createClient();
    expect((await pay(apiKey, payment, { "idempotency-key": "once" })).status).toBe(422);
    expect(tries).toBe(1);
  });
});
