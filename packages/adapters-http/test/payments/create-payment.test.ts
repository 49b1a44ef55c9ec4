import { afterEach, describe, expect, it } from "@jest/globals";
import { type PaymentRepository, storageUnavailable, toUuid } from "@payments/domain";
import { aPayment } from "@payments/domain/testing";
import { errAsync, okAsync } from "neverthrow";
import { failingPayments, startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

const payment = { amount: 1250, currency: "EUR" };

type Headers = Record<string, string>;
const me = (apiKey: string) => app.me(apiKey);
const pay = (apiKey: string, body: unknown = payment, headers: Headers = {}) => app.pay(apiKey, { body, headers });
const newKey = async (id: string): Promise<string> =>
  (await app.asAdmin("POST", `/accounts/${id}/api-key`)).body.apiKey;

/** The remaining quota after one more request. */
const left = async (apiKey: string): Promise<string | null> => (await me(apiKey)).headers.get("ratelimit");
const remaining = (requests: number) => expect.stringContaining(`"client";r=${requests};`);

/** Storage that rejects the credential the first time, then calls `then`. */
const refusingFirst = (then: PaymentRepository["create"]): PaymentRepository => {
  let tries = 0;
  return {
    ...failingPayments("bug"),
    create: (...payment) => (tries++ === 0 ? errAsync({ type: "credential-not-current" }) : then(...payment)),
  };
};

describe("POST /payments/create", () => {
  it.each([["another client's"], [null], [{ id: 1 }], [42]])("201 ignores the clientId %j", async (clientId) => {
    app = await startApp();
    const { id, apiKey } = await app.createClient();
    const body = { ...payment, clientId };
    const answer = await app.pay(apiKey, { body });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ clientId: id, currency: "EUR", description: null, metadata: {} });
    expect(answer.headers.get("location")).toBe(`/payments/${answer.body.id}`);
  });

  it("400 lists all faults of the request", async () => {
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
    ["pairs without a string", (metadata: object) => ({ ...payment, metadata }), 51],
  ])("400 limits the number of faults for thousands of %s", async (_, bodyOf, told) => {
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
  ])("400 names the expected type of %j", async (pointer, body, detail) => {
    app = await startApp();
    const { apiKey } = await app.createClient();
    const answer = await app.pay(apiKey, { body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer, detail }] } });
  });

  it("503 with Retry-After while the database is unavailable, without the cause", async () => {
    app = await startApp({ payments: failingPayments("away") });
    const { apiKey } = await app.createClient();
    const answer = await app.request("POST", "/payments/create", { body: payment, headers: { "x-api-key": apiKey } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(app.lines.join("")).toContain("secret of the database");
  });

  it("500 for a bug is logged, and the next request succeeds", async () => {
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

describe("a repeated payment", () => {
  const once = { "idempotency-key": "once" };

  it("201 returns the first one, marks it as replayed, and counts it as replayed", async () => {
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

describe("a cached key that has ended", () => {
  const requests: readonly [string, unknown, Headers][] = [
    ["a payment", payment, {}],
    ["faulty", { amount: 0 }, {}],
    ["no JSON", "{", {}],
    ["for another media type", payment, { accept: "text/html" }],
  ];

  it.each(requests)(
    "401 if the request is %s, which is neither charged to the client nor shown in its quota",
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

  it("401 also if the quota is used up, which returns no charge", async () => {
    app = await startApp({ clientRequests: 1 });
    const { id, apiKey } = await app.createClient();
    expect((await pay(apiKey)).status).toBe(201);
    expect((await pay(apiKey)).status).toBe(429);
    const current = await newKey(id);
    expect((await pay(apiKey)).status).toBe(401);
    expect((await pay(current)).status).toBe(429);
  });

  it("401 does not count as use of the key", async () => {
    app = await startApp();
    const { id, apiKey } = await app.createClient();
    await pay(apiKey);
    const lastUsedAt = app.clock.now().toISOString();
    await app.asAdmin("PATCH", `/accounts/${id}`, { status: "inactive" });
    app.clock.advance(60_000);
    expect((await pay(apiKey)).status).toBe(401);
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body.apiKeyLastUsedAt).toBe(lastUsedAt);
  });

  it("503 while storage is unavailable, as the payment may be stored", async () => {
    app = await startApp({ payments: failingPayments("away") });
    const { id, apiKey } = await app.createClient();
    await me(apiKey);
    await newKey(id);
    expect(await pay(apiKey)).toMatchObject({ status: 503, body: { code: "service-unavailable" } });
  });
});

describe("a cached credential that is no longer stored", () => {
  it("201 if another credential of the key is stored, charged once", async () => {
    const payments = refusingFirst((payment) => okAsync({ payment, replayed: false }));
    app = await startApp({ payments, clientRequests: 9 });
    const { id, apiKey } = await app.createClient();
    const answer = await pay(apiKey);
    expect(answer).toMatchObject({ status: 201, body: { clientId: id } });
    expect(answer.headers.get("ratelimit")).toEqual(remaining(8));
    expect(await left(apiKey)).toEqual(remaining(7));
  });

  it("401 if it fails again, without a charge and without the quota", async () => {
    const payments = refusingFirst(() => errAsync({ type: "credential-not-current" }));
    app = await startApp({ payments, clientRequests: 9 });
    const { apiKey } = await app.createClient();
    const answer = await pay(apiKey);
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid-api-key" } });
    expect(answer.headers.get("ratelimit")).toBeNull();
    expect(await left(apiKey)).toEqual(remaining(8));
  });

  it("503 if storage is unavailable by then, with a charge", async () => {
    app = await startApp({ payments: refusingFirst(() => errAsync(storageUnavailable("away"))), clientRequests: 9 });
    const { apiKey } = await app.createClient();
    expect((await pay(apiKey)).status).toBe(503);
    expect(await left(apiKey)).toEqual(remaining(7));
  });

  it("422 without a second attempt if the idempotency key was used for another payment", async () => {
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
