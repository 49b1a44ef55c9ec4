import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { FixedClock, InMemoryPaymentProcessor } from "@payments/domain/testing";
import { ResultAsync } from "neverthrow";
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

const post = (path: string, body?: unknown, more = {}) =>
  app.request("POST", path, { ...(body !== undefined && { body }), headers: { ...headers, ...more } });
const get = (path: string) => app.request("GET", path, { headers });
const pay = (fields: object = {}, more = {}) =>
  post("/payments/create", { amount: 1_000, currency: "EUR", paymentMethod: "approved", ...fields }, more);
const authorize = async (): Promise<string> => (await pay({ capture: "manual" })).body.id;

describe("POST /payments/create of a test client", () => {
  it("201 with a payment that is charged", async () => {
    const { status, body, headers: sent } = await pay({ returnUrl: "https://shop.example/orders/42" });
    expect(status).toBe(201);
    expect(sent.get("location")).toBe(`/payments/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^pay_/),
      clientId,
      mode: "test",
      amount: 1_000,
      currency: "EUR",
      description: null,
      metadata: {},
      status: "succeeded",
      capture: "automatic",
      amountCaptured: 1_000,
      amountRefunded: 0,
      amountDisputed: 0,
      fee: 0,
      nextAction: null,
      failure: null,
      createdAt: expect.any(String),
    });
    expect((await get(`/payments/${body.id}`)).body).toEqual(body);
    expect((await get("/payments")).body.data).toEqual([body]);
    expect((await app.asAdmin("GET", `/accounts/${clientId}/payments`)).body.data).toEqual([body]);
  });

  it.each([
    ["declined", "failed", { code: "card_declined", message: "The card issuer declined the payment." }, null],
    ["needs-action", "requires_action", null, { type: "redirect", url: "https://bank.example/authenticate" }],
  ])("201 for %s, which is %s", async (paymentMethod, status, failure, nextAction) => {
    const { status: code, body } = await pay({ paymentMethod });
    expect(code).toBe(201);
    expect(body).toMatchObject({ status, failure, nextAction, amountCaptured: 0 });
  });

  it("400 for a method that the processor does not know, and the payment has failed", async () => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { status, body } = await pay({ paymentMethod: "unknown-token" }, { "idempotency-key": "order-1" });
      expect([status, body.code]).toEqual([400, "payment-method-unknown"]);
      expect(body.detail).toContain("new Idempotency-Key");
    }
    const { data } = (await get("/payments")).body;
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ status: "failed", failure: { code: "payment_method_unknown" }, amountCaptured: 0 });
  });

  it("201 with the same payment, in its current state, for a repeated idempotency key", async () => {
    const once = { "idempotency-key": "order-1" };
    const first = await pay({ capture: "manual" }, once);
    expect(first.body.status).toBe("authorized");
    await post(`/payments/${first.body.id}/capture`);
    const second = await pay({ capture: "manual" }, once);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(second.body).toMatchObject({ id: first.body.id, status: "succeeded" });
    expect((await pay({ capture: "automatic" }, once)).body.code).toBe("idempotency-key-reused");
    expect(app.processor.ledger.size).toBe(1);
  });

  it("201 with processing while the outcome is unknown", async () => {
    app.processor.fail("response-lost");
    expect((await pay()).body).toMatchObject({ status: "processing", amountCaptured: 0, failure: null });
  });

  it("201 with processing if the processor takes too long, and the result later", async () => {
    await app.stop();
    const processor = new InMemoryPaymentProcessor("test", new FixedClock());
    let respond: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      respond = resolve;
    });
    const slow = Object.assign(Object.create(processor), {
      execute: (operation: Parameters<typeof processor.execute>[0]) =>
        ResultAsync.fromSafePromise(held).andThen(() => processor.execute(operation)),
    });
    await start({ processor: slow, processorAnswerMs: 20 });
    const { status, body } = await pay();
    expect([status, body.status]).toEqual([201, "processing"]);
    respond();
    await held;
    for (let attempt = 0; attempt < 50; attempt++) {
      if ((await get(`/payments/${body.id}`)).body.status !== "processing") break;
    }
    expect((await get(`/payments/${body.id}`)).body).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
  });

  it.each([
    [{ paymentMethod: "4242424242424242" }, "/paymentMethod"],
    [{ paymentMethod: 1 }, "/paymentMethod"],
    [{ capture: "later" }, "/capture"],
    [{ returnUrl: "http://shop.example" }, "/returnUrl"],
    [{ cardNumber: "4242424242424242" }, "/cardNumber"],
    [{ card: { number: "4242424242424242" } }, "/card"],
  ])("400 for %j, and the log holds no card number", async (fields, pointer) => {
    const { status, body } = await pay(fields);
    expect([status, body.errors.map((error: { pointer: string }) => error.pointer)]).toEqual([400, [pointer]]);
    expect(app.lines.join("")).not.toContain("4242424242424242");
    expect(JSON.stringify(body)).not.toContain("4242424242424242");
    expect(app.processor.ledger.size).toBe(0);
  });

  it("401 for a revoked key, and nothing is charged", async () => {
    await app.asAdmin("DELETE", `/accounts/${clientId}/api-key`);
    expect((await pay()).status).toBe(401);
    expect(app.processor.ledger.size).toBe(0);
  });
});

describe("POST /payments/create of a live client without a processor", () => {
  beforeEach(async () => {
    headers = { "x-api-key": (await app.createClient()).apiKey };
  });

  it("201 with a payment that is only recorded", async () => {
    const { status, body } = await post("/payments/create", { amount: 1_000, currency: "EUR" });
    expect(status).toBe(201);
    expect(body).toMatchObject({ mode: "live", status: "created", capture: null, amountCaptured: 0, nextAction: null });
    expect((await post(`/payments/${body.id}/capture`)).body.code).toBe("payment-not-found");
  });

  it.each([{ paymentMethod: "approved" }, { capture: "automatic" }, { returnUrl: "https://shop.example" }])(
    "409 for %j, since nothing would be charged",
    async (fields) => {
      const { status, body } = await post("/payments/create", { amount: 1_000, currency: "EUR", ...fields });
      expect([status, body.code]).toEqual([409, "processor-not-configured"]);
      expect(body.detail).toContain("leave out paymentMethod, capture and returnUrl");
      expect((await get("/payments")).body.data).toEqual([]);
      expect(app.processor.ledger.size).toBe(0);
    },
  );
});

describe("POST /payments/{id}/capture", () => {
  it("200 with all of the authorization", async () => {
    const id = await authorize();
    const { status, body } = await post(`/payments/${id}/capture`);
    expect([status, body.status, body.amountCaptured]).toEqual([200, "succeeded", 1_000]);
  });

  it("200 with a part, and 409 for another one", async () => {
    const id = await authorize();
    expect((await post(`/payments/${id}/capture`, { amount: 400 })).body.amountCaptured).toBe(400);
    const again = await post(`/payments/${id}/capture`, { amount: 100 });
    expect([again.status, again.body.code]).toEqual([409, "payment-not-capturable"]);
    expect(again.body.detail).toBe("This payment cannot be captured now. Its status is succeeded.");
  });

  it("409 for more than was authorized, with what is left", async () => {
    const { status, body } = await post(`/payments/${await authorize()}/capture`, { amount: 1_001 });
    expect([status, body.code]).toEqual([409, "amount-above-authorized"]);
    expect(body.detail).toBe("The amount is above what is left to capture. At most 1000 is left.");
  });

  it.each([0, -1, 1.5, "1"])("400 for the amount %j", async (amount) => {
    const { status, body } = await post(`/payments/${await authorize()}/capture`, { amount });
    expect([status, body.errors[0].pointer]).toEqual([400, "/amount"]);
  });

  it("404 for another client's payment", async () => {
    const id = await authorize();
    headers = { "x-api-key": (await app.createClient("test")).apiKey };
    for (const path of [`/payments/${id}/capture`, `/payments/${id}/cancel`, `/payments/${id}/refunds`]) {
      expect((await post(path)).body.code).toBe("payment-not-found");
    }
    expect((await get(`/payments/${id}/refunds`)).body.code).toBe("payment-not-found");
  });
});

describe("POST /payments/{id}/cancel", () => {
  it("200 for an authorization, and 409 for a second time and for a capture", async () => {
    const id = await authorize();
    expect((await post(`/payments/${id}/cancel`)).body).toMatchObject({ status: "canceled", amountCaptured: 0 });
    expect((await post(`/payments/${id}/cancel`)).body.code).toBe("payment-not-cancelable");
    expect((await post(`/payments/${id}/capture`)).body.code).toBe("payment-not-capturable");
  });

  it("409 after a capture", async () => {
    const { body } = await pay();
    const { status, body: problem } = await post(`/payments/${body.id}/cancel`);
    expect([status, problem.code]).toEqual([409, "payment-not-cancelable"]);
  });
});

describe("refunds", () => {
  it("201, 200 and the payment's amount: two parts, and never more than was captured", async () => {
    const { body: payment } = await pay();
    const first = await post(`/payments/${payment.id}/refunds`, { amount: 300, reason: "Returned" });
    expect(first.status).toBe(201);
    expect(first.headers.get("location")).toBe(`/refunds/${first.body.id}`);
    expect(first.body).toEqual({
      id: expect.stringMatching(/^re_/),
      paymentId: payment.id,
      amount: 300,
      currency: "EUR",
      reason: "Returned",
      status: "succeeded",
      createdAt: expect.any(String),
    });
    const above = await post(`/payments/${payment.id}/refunds`, { amount: 701 });
    expect([above.status, above.body.code]).toEqual([409, "amount-above-captured"]);
    expect(above.body.detail).toBe(
      "The amount is above what is left to refund. Refunds and disputes reduce what is left. At most 700 is left.",
    );
    const second = await post(`/payments/${payment.id}/refunds`);
    expect(second.body).toMatchObject({ amount: 700, reason: null });
    const list = `/payments/${payment.id}/refunds`;
    const all = { data: [second.body, first.body], hasMore: false, next: null, previous: null };
    expect((await get(list)).body).toEqual(all);
    const page = (await get(`${list}?limit=1`)).body;
    expect(page).toEqual({ data: [second.body], hasMore: true, next: second.body.id, previous: null });
    expect((await get(`${list}?limit=1&after=${page.next}`)).body.data).toEqual([first.body]);
    expect((await get(`/refunds/${first.body.id}`)).body).toEqual(first.body);
    expect((await get(`/payments/${payment.id}`)).body).toMatchObject({ status: "succeeded", amountRefunded: 1_000 });
  });

  it("409 before anything was captured", async () => {
    const { status, body } = await post(`/payments/${await authorize()}/refunds`);
    expect([status, body.code]).toEqual([409, "payment-not-refundable"]);
  });

  it("404 for another client's refund, and for an id that is none", async () => {
    const { body: payment } = await pay();
    const { body: refund } = await post(`/payments/${payment.id}/refunds`);
    headers = { "x-api-key": (await app.createClient("test")).apiKey };
    for (const id of [refund.id, payment.id, "x"])
      expect((await get(`/refunds/${id}`)).body.code).toBe("refund-not-found");
  });
});

describe("a change while the processor takes too long", () => {
  it("200 with the payment as it was and 201 with a pending refund, and their results later", async () => {
    await app.stop();
    const processor = new InMemoryPaymentProcessor("test", new FixedClock());
    let held: Promise<void> | null = null;
    let respond: () => void = () => undefined;
    const slow = Object.assign(Object.create(processor), {
      execute: (operation: Parameters<typeof processor.execute>[0]) =>
        ResultAsync.fromSafePromise(Promise.resolve(held)).andThen(() => processor.execute(operation)),
    });
    await start({ processor: slow, processorAnswerMs: 20 });
    const [one, other, paid] = [await pay({ capture: "manual" }), await pay({ capture: "manual" }), await pay()];
    held = new Promise((resolve) => {
      respond = resolve;
    });
    const captured = await post(`/payments/${one.body.id}/capture`);
    const canceled = await post(`/payments/${other.body.id}/cancel`);
    const refunded = await post(`/payments/${paid.body.id}/refunds`, { amount: 300 });
    expect([captured, canceled, refunded].map(({ status, body }) => [status, body.status])).toEqual([
      [200, "authorized"],
      [200, "authorized"],
      [201, "pending"],
    ]);
    respond();
    const statuses = async () => [
      (await get(`/payments/${one.body.id}`)).body.status,
      (await get(`/payments/${other.body.id}`)).body.status,
      (await get(`/refunds/${refunded.body.id}`)).body.status,
    ];
    const settled = ["succeeded", "canceled", "succeeded"];
    for (let attempt = 0; attempt < 50; attempt++) if (String(await statuses()) === String(settled)) break;
    expect(await statuses()).toEqual(settled);
  });
});

describe("Idempotency-Key of a change", () => {
  const once = { "idempotency-key": "change-1" };

  it("201 with the same refund, and 422 for another body or payment", async () => {
    const [{ body: payment }, { body: other }] = [await pay(), await pay()];
    const first = await post(`/payments/${payment.id}/refunds`, { amount: 300 }, once);
    const second = await post(`/payments/${payment.id}/refunds`, { amount: 300 }, once);
    expect([first.status, first.headers.get("idempotent-replayed")]).toEqual([201, null]);
    expect([second.status, second.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
    expect(second.headers.get("location")).toBe(`/refunds/${first.body.id}`);
    expect(second.body).toEqual(first.body);
    for (const path of [`/payments/${payment.id}/refunds`, `/payments/${other.id}/refunds`]) {
      const reused = await post(path, { amount: 301 }, once);
      expect([reused.status, reused.body.code]).toEqual([422, "idempotency-key-reused"]);
    }
    expect((await get(`/payments/${payment.id}`)).body.amountRefunded).toBe(300);
    expect((await get(`/payments/${other.id}`)).body.amountRefunded).toBe(0);
  });

  it("is scoped to the client, and apart from the keys of new payments", async () => {
    const { body: payment } = await pay({}, once);
    expect((await post(`/payments/${payment.id}/refunds`, { amount: 1 }, once)).status).toBe(201);
    headers = { "x-api-key": (await app.createClient("test")).apiKey };
    const { body: other } = await pay({}, once);
    const refund = await post(`/payments/${other.id}/refunds`, { amount: 2 }, once);
    expect([refund.status, refund.headers.get("idempotent-replayed")]).toEqual([201, null]);
  });

  it.each(["capture", "cancel"])("200 with the same payment for a repeated %s", async (change) => {
    const id = await authorize();
    const first = await post(`/payments/${id}/${change}`, undefined, once);
    const second = await post(`/payments/${id}/${change}`, undefined, once);
    expect([first.status, first.headers.get("idempotent-replayed")]).toEqual([200, null]);
    expect([second.status, second.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(second.body).toEqual(first.body);
  });

  it("400 for a key that is none", async () => {
    const { status, body } = await post(`/payments/${await authorize()}/capture`, {}, { "idempotency-key": "a b" });
    expect([status, body.errors[0].header]).toEqual([400, "Idempotency-Key"]);
  });
});

describe("GET /payments with filters", () => {
  it("200 with the payments that match all of them, for the client and for admins", async () => {
    const paid = (await pay({}, { "idempotency-key": "order-1" })).body;
    const held = (await pay({ capture: "manual" })).body;
    const idsOf = ({ body }: { body: { data: readonly { id: string }[] } }) => body.data.map(({ id }) => id);
    for (const list of [
      (query: string) => get(`/payments?${query}`),
      (query: string) => app.asAdmin("GET", `/accounts/${clientId}/payments?${query}`),
    ]) {
      expect(idsOf(await list("status=succeeded"))).toEqual([paid.id]);
      expect(idsOf(await list("status=authorized&limit=1"))).toEqual([held.id]);
      expect(idsOf(await list("idempotencyKey=order-1"))).toEqual([paid.id]);
      expect(idsOf(await list(`createdAfter=${paid.createdAt}`))).toEqual([]);
      expect(idsOf(await list("createdAfter=2020-01-01T00:00:00Z&createdBefore=2099-01-01T00:00:00%2B02:00"))).toEqual([
        held.id,
        paid.id,
      ]);
    }
  });

  it("400 with every fault at once", async () => {
    const { status, body } = await get("/payments?status=paid&createdAfter=yesterday&color=red");
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { parameter: "status", detail: expect.stringContaining("must be one of created, ") },
      { parameter: "createdAfter", detail: "must be a time such as 2026-01-02T03:04:05Z" },
      { parameter: "color", detail: "is not a known parameter" },
    ]);
  });
});
