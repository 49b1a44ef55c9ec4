import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { FAKE_SECRET_KEYS, FAKE_WEBHOOK_SECRETS, FakeStripe } from "@payments/adapters-stripe/testing";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";

const fake = new FakeStripe();
let database: TestDatabase;
let service: TestService;
let stripe: Record<string, string>;
let live: { "x-api-key": string };
beforeAll(async () => {
  database = await createTestDatabase();
  stripe = {
    PAYMENT_PROCESSOR: "stripe",
    STRIPE_SECRET_KEY: FAKE_SECRET_KEYS.live,
    STRIPE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.platform,
    STRIPE_API_BASE: await fake.start(),
  };
  service = await startService(database.url, stripe);
  live = { "x-api-key": (await service.createClient()).apiKey };
});
afterAll(async () => {
  await service.stop();
  await database.drop();
  await fake.stop();
});

const RETURN_URL = "https://shop.example/return";
const post = async (path: string, body: object = {}, headers: object = live, through = service) =>
  (await through.request("POST", path, { body, headers: { ...headers } })).body;
const pay = (fields: object, headers: object = live, through = service) =>
  post("/payments/create", { amount: 1_000, currency: "EUR", returnUrl: RETURN_URL, ...fields }, headers, through);
const read = async (id: string) => (await service.request("GET", `/payments/${id}`, { headers: live })).body;
const chargesOf = (paymentId: string) => fake.entries().filter(({ metadata }) => metadata["payment_id"] === paymentId);
const settled = async (id: string) => {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) {
    const payment = await read(id);
    if (payment.status !== "processing") return payment;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return read(id);
};

describe("a live client's payment through Stripe", () => {
  it("is charged, and Stripe's ledger agrees", async () => {
    const payment = await pay({ paymentMethod: "pm_card_visa" });
    expect(payment).toMatchObject({ mode: "live", status: "succeeded", amountCaptured: 1_000, failure: null });
    expect(await read(payment.id)).toEqual(payment);
    expect(chargesOf(payment.id)).toMatchObject([{ mode: "live", captured: 1_000, currency: "eur" }]);
  });

  it.each([
    ["pm_card_chargeDeclined", "card_declined"],
    ["pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "card_expired"],
    ["pm_card_chargeDeclinedIncorrectCvc", "payment_method_invalid"],
  ])("by %s fails with %s", async (paymentMethod, code) => {
    const payment = await pay({ paymentMethod });
    expect(payment).toMatchObject({ status: "failed", amountCaptured: 0, failure: { code } });
    expect(chargesOf(payment.id)).toMatchObject([{ captured: 0 }]);
  });

  it("is authorized, captured in part, and refunded twice but never above the captured amount", async () => {
    const { id, status } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    expect(status).toBe("authorized");
    expect((await post(`/payments/${id}/capture`, { amount: 1_001 })).code).toBe("amount-above-authorized");
    expect(await post(`/payments/${id}/capture`, { amount: 600 })).toMatchObject({ amountCaptured: 600 });
    expect(await post(`/payments/${id}/refunds`, { amount: 200 })).toMatchObject({ status: "succeeded" });
    expect((await post(`/payments/${id}/refunds`, { amount: 401 })).code).toBe("amount-above-captured");
    expect(await post(`/payments/${id}/refunds`)).toMatchObject({ amount: 400, status: "succeeded" });
    expect(await read(id)).toMatchObject({ status: "succeeded", amountCaptured: 600, amountRefunded: 600 });
    expect(chargesOf(id)).toMatchObject([{ captured: 600, refunded: 600 }]);
  });

  it("is canceled, and captured no more", async () => {
    const { id } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    expect(await post(`/payments/${id}/cancel`)).toMatchObject({ status: "canceled" });
    expect((await post(`/payments/${id}/capture`)).code).toBe("payment-not-capturable");
    expect(chargesOf(id)).toMatchObject([{ status: "canceled", captured: 0 }]);
  });

  it("without a payment method waits for the payer, with the client secret for Stripe.js", async () => {
    const payment = await pay({ returnUrl: undefined });
    const [charge] = chargesOf(payment.id);
    expect(payment).toMatchObject({
      status: "requires_action",
      nextAction: { type: "confirm", clientSecret: fake.ledger("live").intent(charge?.payment ?? "").client_secret },
    });
  });

  it("with a card that needs authentication redirects the payer", async () => {
    const payment = await pay({ paymentMethod: "pm_card_authenticationRequired" });
    expect(payment).toMatchObject({ status: "requires_action", nextAction: { type: "redirect" } });
  });

  it.each(["drop-before", "drop-after", "conflict", "rate-limit"] as const)(
    "is charged once after %s: the retry uses the same key",
    async (fault) => {
      fake.fail(fault);
      const payment = await pay({ paymentMethod: "pm_card_visa" });
      expect(payment).toMatchObject({ status: "processing", amountCaptured: 0 });
      expect(await settled(payment.id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
      expect(chargesOf(payment.id)).toMatchObject([{ captured: 1_000 }]);
    },
  );

  it("stays processing while Stripe replays a server error, and is charged once", async () => {
    fake.fail("error-after");
    const { id } = await pay({ paymentMethod: "pm_card_visa" });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await read(id)).toMatchObject({ status: "processing" });
    expect(chargesOf(id)).toMatchObject([{ captured: 1_000 }]);
  });
});

describe("a test client's payment", () => {
  it("is charged in the sandbox while only a live processor is configured", async () => {
    const headers = { "x-api-key": (await service.createClient("test")).apiKey };
    const before = fake.entries().length;
    expect(await pay({ paymentMethod: "pm_dispute" }, headers)).toMatchObject({ mode: "test", amountDisputed: 1_000 });
    expect(fake.entries()).toHaveLength(before);
  });

  it("is charged in Stripe's test mode with STRIPE_TEST_SECRET_KEY, and a live client's not at all", async () => {
    const variables = { ...stripe, PAYMENT_PROCESSOR: "none", STRIPE_TEST_SECRET_KEY: FAKE_SECRET_KEYS.test };
    const other = await startService(database.url, variables);
    try {
      const headers = { "x-api-key": (await other.createClient("test")).apiKey };
      const { id, status } = await pay({ paymentMethod: "pm_card_visa" }, headers, other);
      expect(status).toBe("succeeded");
      expect(chargesOf(id)).toMatchObject([{ mode: "test", captured: 1_000 }]);
      expect((await pay({ paymentMethod: "pm_card_visa" }, live, other)).code).toBe("processor-not-configured");
    } finally {
      await other.stop();
    }
  });
});
