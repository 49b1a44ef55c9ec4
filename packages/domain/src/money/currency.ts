import { ok, type Result } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";

/** An alphabetic code of ISO 4217, in upper case. */
export type Currency = Brand<string, "Currency">;

/**
 * The active codes of ISO 4217 (list one) for currencies with a minor unit, by its number of decimal digits. Metals,
 * bond units, test codes and "no currency" are omitted, because they are not payable.
 */
const CODES_BY_EXPONENT: Readonly<Record<number, string>> = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
  2:
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF " +
    "CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL " +
    "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU " +
    "MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR " +
    "SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED " +
    "VES WST XAD XCD XCG YER ZAR ZMW ZWG",
  3: "BHD IQD JOD KWD LYD OMR TND",
  4: "CLF UYW",
};

const exponents: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_EXPONENT).flatMap(([exponent, codes]) =>
    codes.split(" ").map((code): [string, number] => [code, Number(exponent)]),
  ),
);

/** Accepts any case and returns upper case. */
export const parseCurrency = (raw: string): Result<Currency, InvalidValue> => {
  const code = raw.toUpperCase();
  // ASCII only: other letters also map to these capitals, such as the long s to S.
  return /^[A-Za-z]+$/.test(raw) && exponents.has(code)
    ? ok(code as Currency)
    : invalidValue("must be the three-letter ISO 4217 code of a currency, such as EUR");
};

/** The number of decimal digits of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD. */
export const exponentOf = (currency: Currency): number => exponents.get(currency) ?? 2;
