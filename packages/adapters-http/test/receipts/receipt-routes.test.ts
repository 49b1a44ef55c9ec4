import { afterEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
afterEach(() => app.stop());

const readReceipt = (id: string, apiKey: string) =>
  app.request("GET", `/payments/${id}/receipt`, { headers: { "x-api-key": apiKey } });

describe("GET /payments/{id}/receipt", () => {
  it("200 with a receipt of the payment as it is now, the client and the hint of this request's key", async () => {
    app = await startApp();
    const { id, apiKey } = await app.createClient("test");
    const body = { amount: 1_000, currency: "EUR", paymentMethod: "approved", capture: "manual" };
    const { body: payment } = await app.pay(apiKey, { body });
    const receiptOf = async () => JSON.parse((await readReceipt(payment.id, apiKey)).body.receipt);
    const first = await receiptOf();
    expect(first.claims).toEqual({
      iss: "https://payments.example",
      iat: Math.floor(app.clock.now().getTime() / 1_000),
      payment,
      client: { id, name: "Acme" },
      keyHint: expect.stringMatching(/^pak_test_\.\.\.\w{4}$/),
    });
    await app.request("POST", `/payments/${payment.id}/capture`, { body: {}, headers: { "x-api-key": apiKey } });
    expect((await receiptOf()).claims.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
  });

  it("200 without the next action of a payment, which can hold its client secret", async () => {
    app = await startApp();
    const { apiKey } = await app.createClient("test");
    const { body: payment } = await app.pay(apiKey, {
      body: { amount: 1_000, currency: "EUR", paymentMethod: "needs-action" },
    });
    expect(payment.nextAction).toMatchObject({ type: expect.any(String) });
    const { status, body } = await readReceipt(payment.id, apiKey);
    expect(status).toBe(200);
    expect(JSON.parse(body.receipt).claims.payment).toEqual({ ...payment, nextAction: null });
  });

  it("404 for another client's payment", async () => {
    app = await startApp();
    const [owner, other] = [await app.createClient(), await app.createClient()];
    const { body: payment } = await app.pay(owner.apiKey);
    const { status, body } = await readReceipt(payment.id, other.apiKey);
    expect([status, body.code]).toEqual([404, "payment-not-found"]);
  });

  it("409 without ENCRYPTION_KEY", async () => {
    app = await startApp({ cipher: null });
    const { apiKey } = await app.createClient();
    const { body: payment } = await app.pay(apiKey);
    const { status, body } = await readReceipt(payment.id, apiKey);
    expect([status, body.code]).toEqual([409, "encryption-not-configured"]);
  });
});

describe("GET /.well-known/jwks.json", () => {
  it("200 for anyone, with the key of each receipt, and may be cached for less time than a new key waits", async () => {
    app = await startApp();
    const read = () => app.request("GET", "/.well-known/jwks.json");
    expect((await read()).body).toEqual({ keys: [] });
    const { apiKey } = await app.createClient();
    const { body: payment } = await app.pay(apiKey);
    const { key } = JSON.parse((await readReceipt(payment.id, apiKey)).body.receipt);
    await readReceipt(payment.id, apiKey);
    const { status, headers, body } = await read();
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=300");
    expect(body.keys).toEqual([expect.objectContaining({ kid: key.id, alg: "EdDSA" })]);
    expect(JSON.stringify(body)).not.toContain("private");
  });
});
