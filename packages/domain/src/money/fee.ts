import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import { MAXIMUM_AMOUNT } from "./money.ts";

export const MAXIMUM_FEE_BASIS_POINTS = 10_000;

/** The platform's fee on a payment: a share of the amount plus a fixed amount in the payment's minor unit. */
export interface FeeRule {
  /** Hundredths of a percent, from 0 to 10,000. */
  readonly basisPoints: bigint;
  readonly fixed: bigint;
}

/** From storage. Database drivers return a bigint as text. */
export const rehydrateFeeRule = (basisPoints: number | string, fixed: number | string): FeeRule => ({
  basisPoints: BigInt(basisPoints),
  fixed: BigInt(fixed),
});

export const NO_FEE: FeeRule = { basisPoints: 0n, fixed: 0n };

const isIntegerUpTo = (raw: number, maximum: number): boolean => Number.isInteger(raw) && raw >= 0 && raw <= maximum;

export const parseFeeRule = (raw: {
  readonly basisPoints: number;
  readonly fixed: number;
}): Result<FeeRule, InvalidValue> => {
  if (!isIntegerUpTo(raw.basisPoints, MAXIMUM_FEE_BASIS_POINTS)) {
    return invalidValue(`must have basisPoints that are an integer from 0 to ${MAXIMUM_FEE_BASIS_POINTS}`);
  }
  if (!isIntegerUpTo(raw.fixed, MAXIMUM_AMOUNT)) {
    return invalidValue(`must have a fixed amount that is an integer from 0 to ${MAXIMUM_AMOUNT}`);
  }
  return ok({ basisPoints: BigInt(raw.basisPoints), fixed: BigInt(raw.fixed) });
};

/** The fee in minor units, rounded half up. A fee never exceeds the amount. */
export const feeOn = (amount: bigint, { basisPoints, fixed }: FeeRule): bigint => {
  const fee = (amount * basisPoints + 5_000n) / 10_000n + fixed;
  return fee < amount ? fee : amount;
};
