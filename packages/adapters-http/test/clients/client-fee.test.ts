import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let id: string;
let headers: { readonly "x-api-key": string };
beforeEach(async () => {
  app = await startApp();
  const client = await app.createClient("test");
  id = client.id;
  headers = { "x-api-key": client.apiKey };
});
afterEach(() => app.stop());

const patch = (fee: unknown) => app.asAdmin("PATCH", `/accounts/${id}`, { fee });
const pay = async (amount: number, more = {}) =>
  (
    await app.request("POST", "/payments/create", {
      body: { amount, currency: "EUR", paymentMethod: "approved" },
      headers: { ...headers, ...more },
    })
  ).body;

describe("PATCH /accounts/{id} with a fee", () => {
  it("200 with the rule, which the client reads as", async () => {
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body.fee).toEqual({ basisPoints: 0, fixed: 0 });
    const { status, body } = await patch({ basisPoints: 250, fixed: 30 });
    expect([status, body.name, body.fee]).toEqual([200, "Acme", { basisPoints: 250, fixed: 30 }]);
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body.fee).toEqual({ basisPoints: 250, fixed: 30 });
    expect((await app.asAdmin("GET", "/accounts")).body.data[0].fee).toEqual({ basisPoints: 250, fixed: 30 });
  });

  it("applies to the next payment, although the client's key is cached", async () => {
    expect((await pay(1_000)).fee).toBe(0);
    await patch({ basisPoints: 250, fixed: 30 });
    expect((await pay(1_000)).fee).toBe(55);
  });

  it("leaves the fees of earlier payments, also when one is replayed", async () => {
    await patch({ basisPoints: 250, fixed: 30 });
    const key = { "idempotency-key": "order-1" };
    const payment = await pay(1_000, key);
    await patch({ basisPoints: 0, fixed: 0 });
    expect((await pay(1_000, key)).fee).toBe(55);
    expect((await app.request("GET", `/payments/${payment.id}`, { headers })).body.fee).toBe(55);
  });

  it("takes at most the amount of a payment", async () => {
    await patch({ basisPoints: 10_000, fixed: 99_999_999_999 });
    expect((await pay(20)).fee).toBe(20);
  });

  it.each([
    [{ basisPoints: 10_001, fixed: 0 }, "/fee", "must have basisPoints that are an integer from 0 to 10000"],
    [{ basisPoints: 1.5, fixed: 0 }, "/fee", "must have basisPoints that are an integer from 0 to 10000"],
    [{ basisPoints: 0, fixed: -1 }, "/fee", "must have a fixed amount that is an integer from 0 to 99999999999"],
    [{ basisPoints: 250 }, "/fee/fixed", "is required and must be a number"],
    [{ basisPoints: "250", fixed: 0 }, "/fee/basisPoints", "must be a number"],
    [{ basisPoints: 0, fixed: 0, currency: "EUR" }, "/fee/currency", "is not a known field"],
    [null, "/fee", "must be a JSON object"],
  ])("400 for %j, and nothing changes", async (fee, pointer, detail) => {
    const { status, body } = await patch(fee);
    expect([status, body.errors]).toEqual([400, [{ pointer, detail }]]);
    expect((await app.asAdmin("GET", `/accounts/${id}`)).body.fee).toEqual({ basisPoints: 0, fixed: 0 });
  });
});
