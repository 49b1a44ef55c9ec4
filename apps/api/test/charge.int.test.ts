import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";

let database: TestDatabase;
let service: TestService;
let headers: { "x-api-key": string };
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(database.url);
  headers = { "x-api-key": (await service.createClient("test")).apiKey };
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

const pay = async (paymentMethod: string, fields: object = {}) =>
  (
    await service.request("POST", "/payments/create", {
      body: { amount: 1_000, currency: "EUR", paymentMethod, ...fields },
      headers,
    })
  ).body;
const post = (path: string, body: object = {}) => service.request("POST", path, { body, headers });
const read = async (id: string) => (await service.request("GET", `/payments/${id}`, { headers })).body;
interface Read {
  readonly status: string;
  readonly amountCaptured: number;
  readonly amountRefunded: number;
  readonly amountDisputed: number;
}
const settled = async (id: string, isSettled: (payment: Read) => boolean, timeoutMs = 15_000) => {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
    const payment = await read(id);
    if (isSettled(payment)) return payment;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return read(id);
};
const executed = async (paymentId: string): Promise<number> => {
  const { rows } = await database.knex.raw(
    "select count(*)::integer as charges from sandbox_operations where parameters::json->>'paymentId' = ?",
    [paymentId],
  );
  return rows[0].charges;
};

describe("a test client's payment", () => {
  it.each([
    ["pm_card_visa", { status: "succeeded", amountCaptured: 1_000, failure: null }],
    ["pm_card_declined", { status: "failed", failure: { code: "card_declined" } }],
    ["pm_card_insufficient_funds", { status: "failed", failure: { code: "insufficient_funds" } }],
    ["pm_card_expired", { status: "failed", failure: { code: "card_expired" } }],
    ["pm_requires_action", { status: "requires_action", nextAction: { type: "redirect" } }],
    ["pm_dispute", { status: "succeeded", amountDisputed: 1_000 }],
  ])("by %s is %j", async (paymentMethod, expected) => {
    const payment = await pay(paymentMethod);
    expect(payment).toMatchObject({ mode: "test", ...expected });
    expect(await read(payment.id)).toEqual(payment);
  });

  it.each(["pm_without_meaning", "constructor"])(
    "by %s is refused, with a list of the tokens",
    async (paymentMethod) => {
      const body = { amount: 1_000, currency: "EUR", paymentMethod };
      const { status, body: problem } = await service.request("POST", "/payments/create", { body, headers });
      expect([status, problem.code]).toEqual([400, "payment-method-unknown"]);
      expect(problem.detail).toMatch(/ pm_card_visa, pm_card_declined, .*, pm_refund_fails\.$/);
      expect(
        await database.knex("payment_operations").whereRaw("parameters->>'paymentMethod' = ?", paymentMethod),
      ).toEqual([]);
    },
  );

  it("is authorized, captured in part, and refunded in parts", async () => {
    const { id, status } = await pay("pm_card_visa", { capture: "manual" });
    expect(status).toBe("authorized");
    expect((await post(`/payments/${id}/capture`, { amount: 600 })).body).toMatchObject({
      status: "succeeded",
      amountCaptured: 600,
    });
    expect((await post(`/payments/${id}/refunds`, { amount: 200 })).body).toMatchObject({ status: "succeeded" });
    expect((await post(`/payments/${id}/refunds`, { amount: 401 })).body.code).toBe("amount-above-captured");
    expect((await post(`/payments/${id}/refunds`)).body).toMatchObject({ amount: 400, status: "succeeded" });
    expect(await read(id)).toMatchObject({ amountCaptured: 600, amountRefunded: 600 });
  });

  it("is canceled, and captured no more", async () => {
    const { id } = await pay("pm_card_visa", { capture: "manual" });
    expect((await post(`/payments/${id}/cancel`)).body).toMatchObject({ status: "canceled" });
    expect((await post(`/payments/${id}/capture`)).body.code).toBe("payment-not-capturable");
  });

  it.each([
    ["pm_times_out_then_succeeds", "succeeded", 1_000],
    ["pm_times_out_then_declines", "failed", 0],
  ])("by %s is processing, and then %s", async (paymentMethod, status, amountCaptured) => {
    const payment = await pay(paymentMethod);
    expect(payment).toMatchObject({ status: "processing", amountCaptured: 0 });
    expect(await settled(payment.id, (current) => current.status !== "processing")).toMatchObject({
      status,
      amountCaptured,
    });
    expect(await executed(payment.id)).toBe(1);
  });

  it("by pm_reports_later is captured and refunded when the sandbox reports it", async () => {
    const { id } = await pay("pm_reports_later", { capture: "manual" });
    expect((await post(`/payments/${id}/capture`)).body).toMatchObject({ status: "authorized", amountCaptured: 0 });
    expect((await post(`/payments/${id}/cancel`)).body.code).toBe("payment-not-cancelable");
    const captured = await settled(id, ({ amountCaptured }) => amountCaptured > 0);
    expect(captured).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    const { body: refund } = await post(`/payments/${id}/refunds`, { amount: 700 });
    expect(refund.status).toBe("pending");
    expect((await post(`/payments/${id}/refunds`, { amount: 301 })).body.code).toBe("amount-above-captured");
  });

  it.each([
    ["pm_unreachable_first", { status: "succeeded", amountCaptured: 1_000 }],
    ["pm_request_lost_first", { status: "succeeded", amountCaptured: 1_000 }],
    ["pm_rate_limited_first", { status: "succeeded", amountCaptured: 1_000 }],
    ["pm_dispute_won", { status: "succeeded", amountCaptured: 1_000, amountDisputed: 0 }],
  ])("by %s is %j in the end, and charged once", async (paymentMethod, expected) => {
    const { id } = await pay(paymentMethod);
    await settled(id, ({ status, amountDisputed }) => status === "succeeded" && amountDisputed === 0);
    expect(await read(id)).toMatchObject(expected);
    expect(await executed(id)).toBe(1);
  });

  it("by pm_authorization_expires is expired, and captured no more", async () => {
    const { id } = await pay("pm_authorization_expires", { capture: "manual" });
    expect(await settled(id, ({ status }) => status === "expired")).toMatchObject({ status: "expired" });
    expect((await post(`/payments/${id}/capture`)).body.code).toBe("payment-not-capturable");
  });

  it("by pm_capture_fails_later is authorized again, and captured no more than on request", async () => {
    const { id } = await pay("pm_capture_fails_later", { capture: "manual" });
    expect((await post(`/payments/${id}/capture`)).body).toMatchObject({ status: "authorized", amountCaptured: 0 });
    expect((await post(`/payments/${id}/capture`)).body.code).toBe("payment-not-capturable");
    await settled(id, () => false, 4_000);
    expect((await post(`/payments/${id}/capture`)).status).toBe(200);
  });

  it("by pm_refund_fails_later is refunded first, and refundable again after that", async () => {
    const { id } = await pay("pm_refund_fails_later");
    expect((await post(`/payments/${id}/refunds`)).body).toMatchObject({ amount: 1_000, status: "succeeded" });
    expect(await read(id)).toMatchObject({ amountRefunded: 1_000 });
    expect(await settled(id, ({ amountRefunded }) => amountRefunded === 0)).toMatchObject({ amountRefunded: 0 });
    expect((await post(`/payments/${id}/refunds`)).status).toBe(201);
  });

  it("by pm_reports_wrong_amount stays processing, and is counted as a discrepancy", async () => {
    expect(await pay("pm_reports_wrong_amount", { capture: "manual" })).toMatchObject({ status: "processing" });
    const { body } = await service.asAdmin("GET", "/metrics");
    expect(body).toContain('payment_discrepancies_total{reason="wrong-amount"} 1\n');
  });

  it("by pm_refund_fails is not refunded, and its amount stays refundable", async () => {
    const { id } = await pay("pm_refund_fails");
    expect((await post(`/payments/${id}/refunds`)).body).toMatchObject({ amount: 1_000, status: "failed" });
    expect(await read(id)).toMatchObject({ amountRefunded: 0 });
    expect((await post(`/payments/${id}/refunds`)).body).toMatchObject({ amount: 1_000 });
  });

  it("is charged once when forty requests have one idempotency key", async () => {
    const body = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa" };
    const once = { ...headers, "idempotency-key": "order-1" };
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => service.request("POST", "/payments/create", { body, headers: once })),
    );
    const ids = new Set(answers.map((answer) => answer.body.id));
    expect([ids.size, answers.every(({ status }) => status === 201)]).toEqual([1, true]);
    const [id] = ids;
    expect(await read(id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    expect(await executed(id)).toBe(1);
  });

  it("is refunded no more than was captured when refunds come at the same time", async () => {
    const { id } = await pay("pm_card_visa");
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post(`/payments/${id}/refunds`, { amount: 300 })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(await read(id)).toMatchObject({ amountRefunded: 900 });
  });

  it("is canceled with a 200 only if its payer did not confirm it at the same time", async () => {
    for (let round = 0; round < 5; round++) {
      const fields = { amount: 1_000, currency: "EUR", returnUrl: "https://shop.example/paid" };
      const { body: payment } = await service.request("POST", "/payments/create", { body: fields, headers });
      const { clientSecret } = payment.nextAction;
      const [confirmed, canceled] = await Promise.all([
        service.request("POST", "/sandbox/checkouts/confirm", {
          body: { clientSecret, paymentMethod: "pm_card_visa" },
        }),
        post(`/payments/${payment.id}/cancel`),
      ]);
      const { status } = await settled(payment.id, (current) => ["succeeded", "canceled"].includes(current.status));
      const expected = status === "canceled" ? [409, 200] : [200, 409];
      expect([confirmed.status, canceled.status]).toEqual(expected);
    }
  });

  it("is captured or canceled when both come at the same time", async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await pay("pm_card_visa", { capture: "manual" });
      const answers = await Promise.all([post(`/payments/${id}/capture`), post(`/payments/${id}/cancel`)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
  });

  it("is continued by another process when its own one died before the call", async () => {
    const { id } = await pay("pm_card_visa");
    await database.knex.raw(
      "delete from payment_facts where payment_id in (select payment_id from payment_operations)",
    );
    await database.knex.raw("delete from sandbox_operations");
    const dead = "update payment_operations set state = 'planned', lease_ends_at = now() where kind = 'authorize'";
    await database.knex.raw(dead);
    expect(await settled(id, ({ status }) => status !== "processing")).toMatchObject({
      status: "succeeded",
      amountCaptured: 1_000,
    });
    expect(await executed(id)).toBe(1);
  });
});

it("a live client's payment is recorded only, and has no row of a charge", async () => {
  const client = await service.createClient();
  const live = { "x-api-key": client.apiKey };
  const recorded = await service.request("POST", "/payments/create", {
    body: { amount: 1_000, currency: "EUR" },
    headers: live,
  });
  expect(recorded.body).toMatchObject({ mode: "live", status: "created", capture: null });
  const charged = await service.request("POST", "/payments/create", {
    body: { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa" },
    headers: live,
  });
  expect([charged.status, charged.body.code]).toEqual([409, "processor-not-configured"]);
  expect(await database.knex("payment_operations").where({ client_id: client.id })).toEqual([]);
});
