import { ok, type Result } from "neverthrow";
import type { Brand } from "../shared/brand.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";

/** An alphabetic code of ISO 4217, in capitals. */
export type Currency = Brand<string, "Currency">;

/**
 * The active codes of ISO 4217 (list one) that name money with a minor unit, by the number of decimal
 * digits of that unit. Metals, bond units, test codes and "no currency" are not payable and left out.
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

/** Accepts any case, returns capitals. */
export const parseCurrency = (raw: string): Result<Currency, InvalidValue> => {
  const code = raw.toUpperCase();
  // Only ASCII: capitals are made of other letters too, such as S of the long s.
  return /^[A-Za-z]+$/.test(raw) && exponents.has(code)
    ? ok(code as Currency)
    : invalidValue("must be the three-letter ISO 4217 code of a currency, such as EUR");
};

/** How many decimal digits the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD. */
export const exponentOf = (currency: Currency): number => exponents.get(currency) ?? 2;
