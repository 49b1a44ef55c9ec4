import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type ApiProcess, startApi } from "../../../test/support/api-process.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";

/** What a newcomer tries in the sandbox, against the built service. */
describe("the first hour with a test client", () => {
  let database: TestDatabase;
  let api: ApiProcess;
  let headers: { readonly "x-api-key": string };
  beforeAll(async () => {
    database = await createTestDatabase();
    api = await startApi(database.url);
    const client = await api.createClient("test");
    expect(client.apiKey).toMatch(/^pak_test_/);
    headers = { "x-api-key": client.apiKey };
  });
  afterAll(async () => {
    await api?.end("SIGTERM");
    await database?.drop();
  });

  const post = async (path: string, body: object = {}) => {
    const response = await api.request("POST", path, { body, headers });
    return { status: response.status, body: response.body };
  };
  const pay = (fields: object) => post("/payments/create", { amount: 1_250, currency: "EUR", ...fields });
  const read = async (path: string) => (await api.request("GET", path, { headers })).body;

  it("charges", async () => {
    expect(await pay({ paymentMethod: "pm_card_visa" })).toMatchObject({
      status: 201,
      body: { mode: "test", status: "succeeded", amountCaptured: 1_250, fee: 0, failure: null, nextAction: null },
    });
  });

  it("declines without an HTTP error", async () => {
    expect(await pay({ paymentMethod: "pm_card_declined" })).toMatchObject({
      status: 201,
      body: {
        status: "failed",
        amountCaptured: 0,
        failure: { code: "card_declined", message: "The card issuer declined the payment." },
      },
    });
  });

  it("authorizes, captures a part, refunds twice, and refuses to refund more than was captured", async () => {
    const { body: payment } = await pay({ paymentMethod: "pm_card_visa", capture: "manual" });
    expect(payment).toMatchObject({ status: "authorized", capture: "manual", amountCaptured: 0 });
    expect(await post(`/payments/${payment.id}/capture`, { amount: 1_000 })).toMatchObject({
      status: 200,
      body: { status: "succeeded", amountCaptured: 1_000 },
    });
    const refunds = [
      await post(`/payments/${payment.id}/refunds`, { amount: 300, reason: "Returned" }),
      await post(`/payments/${payment.id}/refunds`, { amount: 500 }),
    ];
    expect(refunds).toMatchObject([
      { status: 201, body: { amount: 300, reason: "Returned", status: "succeeded" } },
      { status: 201, body: { amount: 500, reason: null, status: "succeeded" } },
    ]);
    expect(await post(`/payments/${payment.id}/refunds`, { amount: 201 })).toMatchObject({
      status: 409,
      body: {
        code: "amount-above-captured",
        detail:
          "The amount is above what is left to refund. Refunds and disputes reduce what is left. At most 200 is left.",
      },
    });
    expect(await read(`/payments/${payment.id}`)).toMatchObject({ amountCaptured: 1_000, amountRefunded: 800 });
    expect((await read(`/payments/${payment.id}/refunds`)).data).toEqual(refunds.map(({ body }) => body).reverse());
  });

  it("opens a dispute", async () => {
    const { body: payment } = await pay({ paymentMethod: "pm_dispute" });
    expect(payment).toMatchObject({ status: "succeeded", amountCaptured: 1_250, amountDisputed: 1_250 });
    expect(await read(`/payments/${payment.id}`)).toEqual(payment);
  });
});
