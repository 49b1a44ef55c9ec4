export { type Currency, exponentOf, parseCurrency } from "./currency.ts";
export { type FeeRule, feeOn, MAXIMUM_FEE_BASIS_POINTS, NO_FEE, parseFeeRule, rehydrateFeeRule } from "./fee.ts";
export { MAXIMUM_AMOUNT, MINIMUM_AMOUNT, type Money, moneyText, parseAmount } from "./money.ts";
