import { describe, expect, it } from "@jest/globals";
import { type Currency, exponentOf, parseAmount, parseCurrency } from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";

describe("an amount", () => {
  it.each([
    [1, 1n],
    [99_999_999_999, 99_999_999_999n],
    [2 ** 31, 2_147_483_648n],
  ])("may be %d", (raw, amount) => {
    expect(expectOk(parseAmount(raw))).toBe(amount);
  });

  it.each([0, -0, -1, 1.5, 100_000_000_000, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("can't be %d", (raw) => {
    expect(expectError(parseAmount(raw))).toEqual({
      type: "invalid-value",
      detail: "must be an integer from 1 to 99999999999, in the currency's minor unit",
    });
  });
});

describe("a currency", () => {
  it.each(["EUR", "eur", "eUr", "JPY", "KWD", "CLF"])("may be %j, and is stored in upper case", (raw) => {
    expect(expectOk(parseCurrency(raw))).toBe(raw.toUpperCase());
  });

  it.each(["", "EU", "EURO", "XXX", "XTS", "XAU", "ABC", "€", " EUR", "EUR ", "ſek", "sſp", "ußd", "DEM"])(
    "can't be %j",
    (raw) => {
      expect(expectError(parseCurrency(raw))).toEqual({
        type: "invalid-value",
        detail: "must be the three-letter ISO 4217 code of a currency, such as EUR",
      });
    },
  );

  it("has an exponent for its minor unit", () => {
    const digits = ["JPY", "EUR", "KWD", "CLF"].map((code) => exponentOf(code as Currency));
    expect(digits).toEqual([0, 2, 3, 4]);
  });

  it("accepts every code that the platform lists as a currency in use", () => {
    const codes = ["USD", "GBP", "CHF", "PLN", "INR", "BRL", "ZAR", "TRY", "CNY", "MXN", "AUD", "CAD", "SEK", "NOK"];
    const known = new Set(Intl.supportedValuesOf("currency"));
    expect(codes.filter((code) => known.has(code) && parseCurrency(code).isErr())).toEqual([]);
  });
});
