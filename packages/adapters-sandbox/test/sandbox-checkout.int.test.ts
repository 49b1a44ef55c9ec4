import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type CaptureMethod,
  foldPayment,
  type NextAction,
  type Operation,
  type OperationReport,
  type PaymentState,
  parsePaymentMethod,
} from "@payments/domain";
import { expectError, expectOk, FixedClock, operationsIn, SequentialIds, someTerms } from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { SandboxCheckout, SandboxProcessor } from "../src/index.ts";

const options = { authenticationUrl: () => "https://payments.example/sandbox/authenticate", reportDelayMs: 2_000 };
const ids = new SequentialIds();
const operations = operationsIn("test", () => ids.next());

let database: TestDatabase;
let clock: FixedClock;
let sandbox: SandboxProcessor;
let checkout: SandboxCheckout;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  clock = new FixedClock();
  sandbox = new SandboxProcessor(database.knex, clock, options);
  checkout = new SandboxCheckout(database.knex, clock, options);
});
afterAll(() => database.drop());

const secretOf = (action: NextAction | null): string =>
  action?.type === "redirect" ? action.url.slice(action.url.indexOf("#") + 1) : (action?.clientSecret ?? "");

/** A payment that waits for its payer. */
const waiting = async (paymentMethod: string | null, capture: CaptureMethod = "automatic") => {
  const operation: Operation<"test"> = operations.authorize(paymentMethod, capture);
  const { payment } = expectOk(await sandbox.execute(operation));
  const state = async (): Promise<PaymentState> =>
    foldPayment(someTerms(), expectOk(await sandbox.retrieve(payment)).facts);
  const found = async (): Promise<OperationReport | null> => expectOk(await sandbox.find(operation));
  return { operation, payment, state, found, secret: secretOf((await state()).nextAction) };
};
const confirm = (secret: string, token: string) => checkout.confirm(secret, expectOk(parsePaymentMethod(token)));

describe("a payment without a payment method", () => {
  it("shows its payer the amount, where to return, and what to do", async () => {
    const { operation, secret } = await waiting(null);
    expect(expectOk(await checkout.find(secret))).toEqual({
      paymentId: operation.paymentId,
      clientId: operation.clientId,
      money: { amount: 1_000n, currency: "EUR" },
      returnUrl: "https://shop.example/return",
      waitsFor: "confirmation",
    });
  });

  it.each([
    ["automatic", { status: "succeeded", amountCaptured: 1_000n }],
    ["manual", { status: "authorized", amountCaptured: 0n }],
  ] as const)("is charged when its payer confirms it, capture %s", async (capture, expected) => {
    const { secret, state, found } = await waiting(null, capture);
    expect(expectOk(await confirm(secret, "pm_card_visa"))).toMatchObject({ waitsFor: null });
    expect(await state()).toMatchObject({ ...expected, nextAction: null, discrepancies: [] });
    expect(await found()).toMatchObject({ outcome: "succeeded" });
  });

  it("waits for another payment method after each decline", async () => {
    const { secret, state, found } = await waiting(null);
    for (const [token, failure] of [
      ["pm_card_declined", "card_declined"],
      ["pm_card_expired", "card_expired"],
    ] as const) {
      clock.advance(1_000);
      expect(expectOk(await confirm(secret, token))).toMatchObject({ waitsFor: "confirmation" });
      const action = { type: "confirm", clientSecret: secret };
      expect(await state()).toMatchObject({
        ...{ status: "requires_action", failure, nextAction: action },
        discrepancies: [],
      });
      expect(await found()).toMatchObject({ outcome: "pending" });
    }
    expectOk(await confirm(secret, "pm_card_visa"));
    expect(await state()).toMatchObject({ status: "succeeded", failure: null, discrepancies: [] });
  });

  it("is canceled after a decline, and confirmed no more", async () => {
    const { secret, payment, state } = await waiting(null);
    expectOk(await confirm(secret, "pm_card_declined"));
    expectOk(await sandbox.execute(operations.cancel(payment)));
    expect(await state()).toMatchObject({ status: "canceled" });
    expect(expectOk(await checkout.find(secret))).toMatchObject({ waitsFor: null });
    expect(expectError(await confirm(secret, "pm_card_visa"))).toEqual({ type: "checkout-not-waiting" });
  });

  it("is authenticated first if the payment method asks for it, and confirmed again after a decline", async () => {
    const { secret, state } = await waiting(null);
    expect(expectOk(await confirm(secret, "pm_requires_action"))).toMatchObject({ waitsFor: "authentication" });
    const url = `https://payments.example/sandbox/authenticate#${secret}`;
    expect((await state()).nextAction).toEqual({ type: "redirect", url });
    expect(expectError(await confirm(secret, "pm_card_visa"))).toEqual({ type: "checkout-not-waiting" });
    clock.advance(1_000);
    expect(expectOk(await checkout.authenticate(secret, "declined"))).toMatchObject({ waitsFor: "confirmation" });
    expect(await state()).toMatchObject({
      status: "requires_action",
      failure: "authentication_failed",
      nextAction: { type: "confirm", clientSecret: secret },
      discrepancies: [],
    });
    clock.advance(1_000);
    expectOk(await confirm(secret, "pm_requires_action"));
    expectOk(await checkout.authenticate(secret, "approved"));
    expect(await state()).toMatchObject({ status: "succeeded", amountCaptured: 1_000n, discrepancies: [] });
  });

  it("behaves like the payment method that its payer chose", async () => {
    const disputed = await waiting(null);
    expectOk(await confirm(disputed.secret, "pm_dispute"));
    expect(await disputed.state()).toMatchObject({ amountCaptured: 1_000n, amountDisputed: 1_000n });
    const unrefundable = await waiting(null);
    expectOk(await confirm(unrefundable.secret, "pm_refund_fails"));
    const refund = await sandbox.execute(operations.refund(unrefundable.payment, 100));
    expect(expectOk(refund).outcome).toBe("declined");
    const late = await waiting(null);
    expectOk(await confirm(late.secret, "pm_reports_later"));
    expect(await late.state()).toMatchObject({ status: "authorized" });
    clock.advance(2_000);
    expect(await late.state()).toMatchObject({ status: "succeeded" });
  });

  it("is charged once when its payer confirms it many times at once", async () => {
    const { secret, state } = await waiting(null);
    const results = await Promise.all(Array.from({ length: 10 }, () => confirm(secret, "pm_card_visa")));
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    expect(await state()).toMatchObject({ amountCaptured: 1_000n, discrepancies: [] });
  });

  it("is confirmed with a token of the sandbox alone", async () => {
    const { secret, state } = await waiting(null);
    const { type, known } = expectError(await confirm(secret, "pm_nothing")) as { type: string; known: string[] };
    expect([type, known.slice(0, 2)]).toEqual(["payment-method-unknown", ["pm_card_visa", "pm_card_declined"]]);
    expect(await state()).toMatchObject({ status: "requires_action", failure: null });
  });
});

describe("a payment whose payer does nothing", () => {
  const DAY_MS = 24 * 3_600_000;

  it.each([null, "pm_requires_action"])("expires after a day, by %s", async (paymentMethod) => {
    const { secret, payment, state, found } = await waiting(paymentMethod);
    clock.advance(DAY_MS - 1);
    expect(await state()).toMatchObject({ status: "requires_action" });
    clock.advance(1);
    expect(await state()).toMatchObject({ status: "expired", nextAction: null, discrepancies: [] });
    expect(await found()).toMatchObject({ outcome: "declined" });
    expect(expectOk(await checkout.find(secret))).toMatchObject({ waitsFor: null });
    expect(expectError(await confirm(secret, "pm_card_visa"))).toEqual({ type: "checkout-not-waiting" });
    expect(expectError(await sandbox.execute(operations.cancel(payment))).type).toBe("refused");
    expect(await state()).toEqual(await state());
  });

  it("expires a day after the payer's last step", async () => {
    const { secret, state } = await waiting(null);
    clock.advance(DAY_MS - 1);
    expectOk(await confirm(secret, "pm_card_declined"));
    clock.advance(DAY_MS - 1);
    expect(await state()).toMatchObject({ status: "requires_action" });
    clock.advance(1);
    expect(await state()).toMatchObject({ status: "expired" });
  });

  it("does not expire after a cancellation or a charge", async () => {
    const [canceled, charged] = [await waiting(null), await waiting(null)];
    expectOk(await sandbox.execute(operations.cancel(canceled.payment)));
    expectOk(await confirm(charged.secret, "pm_card_visa"));
    clock.advance(DAY_MS);
    expect(await canceled.state()).toMatchObject({ status: "canceled" });
    expect(await charged.state()).toMatchObject({ status: "succeeded" });
  });
});

describe("a payment by pm_requires_action", () => {
  it.each([
    ["approved", { status: "succeeded", amountCaptured: 1_000n, failure: null }, "succeeded"],
    ["declined", { status: "failed", amountCaptured: 0n, failure: "authentication_failed" }, "declined"],
  ] as const)("that its payer %s is %j", async (answer, expected, outcome) => {
    const { secret, state, found } = await waiting("pm_requires_action");
    expect(expectOk(await checkout.authenticate(secret, answer))).toMatchObject({ waitsFor: null });
    expect(await state()).toMatchObject({ ...expected, discrepancies: [] });
    expect(await found()).toMatchObject({ outcome });
    expect(expectError(await checkout.authenticate(secret, "approved"))).toEqual({ type: "checkout-not-waiting" });
  });
});

describe("a client secret", () => {
  it("is different for each payment, and cannot be derived from the payment", async () => {
    const [one, other] = [await waiting(null), await waiting(null)];
    expect(one.secret.split("_secret_")[1]).not.toBe(other.secret.split("_secret_")[1]);
    const forged = `${one.payment}_secret_${other.secret.split("_secret_")[1]}`;
    for (const wrong of [forged, one.payment, `${one.payment}_secret_`, "", "ü", `${one.secret}x`]) {
      expect(expectError(await checkout.find(wrong))).toEqual({ type: "checkout-not-found" });
      expect(expectError(await confirm(wrong, "pm_card_visa"))).toEqual({ type: "checkout-not-found" });
    }
  });

  it("stays the same when the request is repeated", async () => {
    const { operation, secret } = await waiting(null);
    const { facts } = expectOk(await sandbox.execute(operation));
    expect(facts).toMatchObject([{ action: { clientSecret: secret } }]);
  });
});
