import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { FixedClock } from "@payments/domain/testing";
import { FAKE_SECRET_KEYS, FakeStripe } from "../testing/index.ts";

const clock = new FixedClock();
const fake = new FakeStripe({ now: () => clock.now() });
let apiBase: string;
beforeAll(async () => {
  apiBase = await fake.start();
});
afterAll(() => fake.stop());

const post = async (path: string, parameters: Record<string, string>, headers: Record<string, string> = {}) => {
  const response = await fetch(`${apiBase}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${FAKE_SECRET_KEYS.test}`, ...headers },
    body: new URLSearchParams(parameters),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
};

const CHARGE = {
  amount: "1000",
  currency: "eur",
  confirm: "true",
  payment_method: "pm_card_visa",
  return_url: "https://shop.example",
};

describe("The fake of Stripe", () => {
  it.each([
    [{ ...CHARGE, colour: "red" }, "parameter_unknown", "colour"],
    [
      { ...CHARGE, "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[x]": "1" },
      "parameter_unknown",
      "automatic_payment_methods[x]",
    ],
    [{ ...CHARGE, amount: "12.5" }, "parameter_invalid_integer", "amount"],
    [{ currency: "eur" }, "parameter_missing", "amount"],
    [{ ...CHARGE, payment_method: "pm_absent" }, "resource_missing", "payment_method"],
  ])("rejects %j with 400 %s", async (parameters, code, param) => {
    const { status, body } = await post("/v1/payment_intents", parameters);
    expect({ status, error: body.error }).toMatchObject({ status: 400, error: { code, param } });
  });

  it("rejects an unknown key with 401, and an unknown route with 404", async () => {
    expect((await post("/v1/payment_intents", CHARGE, { authorization: "Bearer sk_test_other" })).status).toBe(401);
    expect((await post("/v1/subscriptions", {})).status).toBe(404);
  });

  it("replays a key's result for 24 hours, a server error included, and executes it again after that", async () => {
    const headers = { "idempotency-key": "key-1" };
    const before = fake.entries().length;
    fake.fail("error-after");
    for (let attempt = 0; attempt < 2; attempt++) {
      expect((await post("/v1/payment_intents", CHARGE, headers)).status).toBe(500);
    }
    expect(fake.entries()).toHaveLength(before + 1);
    clock.advance(24 * 3_600_000 - 1);
    expect((await post("/v1/payment_intents", CHARGE, headers)).status).toBe(500);
    clock.advance(1);
    expect((await post("/v1/payment_intents", CHARGE, headers)).status).toBe(200);
    expect(fake.entries()).toHaveLength(before + 2);
  });

  it("rejects a key that comes with other parameters", async () => {
    const headers = { "idempotency-key": "key-2" };
    await post("/v1/payment_intents", CHARGE, headers);
    const { status, body } = await post("/v1/payment_intents", { ...CHARGE, amount: "1" }, headers);
    expect({ status, type: body.error.type }).toEqual({ status: 400, type: "idempotency_error" });
  });

  it("keeps no result of a request that it rejected before it executed it", async () => {
    const headers = { "idempotency-key": "key-3" };
    expect((await post("/v1/payment_intents", { currency: "eur" }, headers)).status).toBe(400);
    expect((await post("/v1/payment_intents", CHARGE, headers)).status).toBe(200);
  });

  it("shows its ledger, and takes faults and events of the outside world over HTTP", async () => {
    const { body: intent } = await post("/v1/payment_intents", {
      ...CHARGE,
      payment_method: "pm_card_authenticationRequired",
    });
    const control = async (path: string, order: object) =>
      (await fetch(`${apiBase}${path}`, { method: "POST", body: JSON.stringify(order) })).status;
    expect(await control(`/_payment_intents/${intent.id}/authenticate`, { mode: "test" })).toBe(200);
    expect(await control("/_payment_intents/pi_absent/authenticate", { mode: "test" })).toBe(404);
    expect(await control("/_nonsense", {})).toBe(404);
    const ledger = (await (await fetch(`${apiBase}/_ledger`)).json()) as { charges: object[] };
    expect(ledger.charges).toContainEqual(expect.objectContaining({ payment: intent.id, captured: 1_000 }));
    expect(await control("/_control", { faults: ["rate-limit"] })).toBe(200);
    expect((await post("/v1/payment_intents", CHARGE)).status).toBe(429);
    expect((await post("/v1/payment_intents", CHARGE)).status).toBe(200);
  });
});
