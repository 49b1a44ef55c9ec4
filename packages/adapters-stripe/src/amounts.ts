import { type Currency, exponentOf, type Money, type Refused } from "@payments/domain";
import { err, ok, type Result } from "neverthrow";

/** Stripe takes these without a minor unit in two decimals (docs.stripe.com/currencies, "Special cases"). */
const TWO_DECIMALS: ReadonlySet<string> = new Set(["ISK", "UGX"]);
/** Stripe takes these, whose minor unit ISO 4217 defines, in whole units. */
const NO_DECIMALS: ReadonlySet<string> = new Set(["MGA"]);

const CENTS = 100n;
/** Stripe accepts three decimals only if the last one is zero. */
const THREE_DECIMAL_STEP = 10n;

/** The smallest amount, in our minor unit, that Stripe can represent. */
export const stepOf = (currency: Currency): bigint => {
  if (NO_DECIMALS.has(currency)) return CENTS;
  return exponentOf(currency) === 3 ? THREE_DECIMAL_STEP : 1n;
};

const convert = ({ amount, currency }: Money): number => {
  if (TWO_DECIMALS.has(currency)) return Number(amount * CENTS);
  return Number(NO_DECIMALS.has(currency) ? amount / CENTS : amount);
};

/** The amount as Stripe takes it. An amount that Stripe cannot represent is refused here, before a request leaves. */
export const toStripeAmount = (money: Money): Result<number, Refused> => {
  const step = stepOf(money.currency);
  return money.amount % step === 0n
    ? ok(convert(money))
    : err({ type: "refused", detail: `Stripe takes amounts in ${money.currency} only in steps of ${step}` });
};

/** A fee, which is rounded down where Stripe cannot represent it. */
export const toStripeFee = ({ amount, currency }: Money): number =>
  convert({ amount: amount - (amount % stepOf(currency)), currency });

/** Our minor units of an amount that Stripe reports; its currencies are in lower case. */
export const fromStripeAmount = (amount: number, stripeCurrency: string): Money => {
  const currency = stripeCurrency.toUpperCase() as Currency;
  if (TWO_DECIMALS.has(currency)) return { amount: BigInt(amount) / CENTS, currency };
  return { amount: NO_DECIMALS.has(currency) ? BigInt(amount) * CENTS : BigInt(amount), currency };
};
