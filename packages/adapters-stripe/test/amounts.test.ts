import { describe, expect, it } from "@jest/globals";
import type { Currency, Money } from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";
import { fromStripeAmount, toStripeAmount, toStripeFee } from "../src/amounts.ts";
import { toFailureCode } from "../src/errors.ts";
import { isStripeApiBase, parseStripeSecretKey } from "../src/stripe-access.ts";

const money = (amount: number, currency: string): Money => ({ amount: BigInt(amount), currency: currency as Currency });

describe("an amount", () => {
  it.each([
    [1_999, "EUR", 1_999],
    [500, "JPY", 500],
    [500, "ISK", 50_000],
    [500, "UGX", 50_000],
    [5_120, "KWD", 5_120],
    [50_000, "MGA", 500],
  ])("of %d in %s is %d at Stripe, and the same on the way back", (amount, currency, atStripe) => {
    expect(expectOk(toStripeAmount(money(amount, currency)))).toBe(atStripe);
    expect(fromStripeAmount(atStripe, currency.toLowerCase())).toEqual(money(amount, currency));
  });

  it.each([
    [5_121, "KWD", 10],
    [50_050, "MGA", 100],
  ])("of %d in %s, which Stripe cannot represent, is refused with the step %d", (amount, currency, step) => {
    expect(expectError(toStripeAmount(money(amount, currency)))).toEqual({
      type: "refused",
      detail: `Stripe takes amounts in ${currency} only in steps of ${step}`,
    });
  });

  it("of a fee is rounded down to what Stripe can represent", () => {
    expect(toStripeFee(money(29, "KWD"))).toBe(20);
    expect(toStripeFee(money(29, "EUR"))).toBe(29);
    expect(toStripeFee(money(199, "MGA"))).toBe(1);
    expect(toStripeFee(money(3, "ISK"))).toBe(300);
  });
});

describe("a secret key", () => {
  it.each(["sk", "rk"])("%s_ is accepted for its own mode only", (kind) => {
    expect(expectOk(parseStripeSecretKey("live", `${kind}_live_abc`))).toBe(`${kind}_live_abc`);
    expect(expectError(parseStripeSecretKey("live", `${kind}_test_abc`)).detail).toContain("test mode");
    expect(expectError(parseStripeSecretKey("test", `${kind}_live_abc`)).detail).toContain("live mode");
  });

  it.each(["pk_live_abc", "", "sk_live_", "sk_live_a b"])("%j is none", (raw) => {
    expect(expectError(parseStripeSecretKey("live", raw)).detail).toContain("must be a secret key");
  });
});

it("accepts an origin as the base of the API, and nothing with a path or credentials", () => {
  for (const base of ["http://127.0.0.1:12111", "https://stripe.example/"]) expect(isStripeApiBase(base)).toBe(true);
  for (const base of ["https://a.example/v1", "https://a:b@a.example", "ftp://a.example", "a"]) {
    expect(isStripeApiBase(base)).toBe(false);
  }
});

it.each([
  ["card_declined", "generic_decline", "card_declined"],
  ["card_declined", "insufficient_funds", "insufficient_funds"],
  ["card_declined", "authentication_required", "authentication_failed"],
  ["expired_card", undefined, "card_expired"],
  ["incorrect_cvc", "incorrect_cvc", "payment_method_invalid"],
  ["payment_intent_authentication_failure", undefined, "authentication_failed"],
  ["a_code_of_tomorrow", "a_reason_of_tomorrow", "card_declined"],
])("reads Stripe's %s (%s) as %s", (code, declineCode, expected) => {
  expect(toFailureCode({ code, decline_code: declineCode })).toBe(expected);
});
