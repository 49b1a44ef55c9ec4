import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import { type Currency, exponentOf } from "./currency.ts";

export const MINIMUM_AMOUNT = 1;
export const MAXIMUM_AMOUNT = 99_999_999_999;

/** An amount in the currency's minor unit, such as cents for EUR and yen for JPY. */
export interface Money {
  readonly amount: bigint;
  readonly currency: Currency;
}

/** Accepts an amount from JSON, in minor units: an integer from 1 to 99,999,999,999. */
export const parseAmount = (raw: number): Result<bigint, InvalidValue> =>
  Number.isInteger(raw) && raw >= MINIMUM_AMOUNT && raw <= MAXIMUM_AMOUNT
    ? ok(BigInt(raw))
    : invalidValue(`must be an integer from ${MINIMUM_AMOUNT} to ${MAXIMUM_AMOUNT}, in the currency's minor unit`);

export const rehydrateMoney = (amount: string, currency: string): Money => ({
  amount: BigInt(amount),
  currency: currency as Currency,
});

/** In the currency's major unit, such as `12.50 EUR`. */
export const moneyText = ({ amount, currency }: Money): string => {
  const exponent = exponentOf(currency);
  const digits = amount.toString().padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return `${exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`} ${currency}`;
};
