import {
  type ClientId,
  type InvalidValue,
  type PaymentId,
  parseClientId,
  parsePageLimit,
  parsePaymentId,
} from "@payments/domain";
import { InvalidArgumentError } from "commander";
import type { Result } from "neverthrow";

/** A parser of the domain as Commander wants it. */
export const parsedBy =
  <Value>(parse: (raw: string) => Result<Value, InvalidValue>) =>
  (raw: string): Value =>
    parse(raw).match(
      (value) => value,
      ({ detail }) => {
        throw new InvalidArgumentError(`It ${detail}.`);
      },
    );

export const ACCOUNT_ARGUMENT = ["<account>", "the id of the account", parsedBy<ClientId>(parseClientId)] as const;
export const PAYMENT_ARGUMENT = ["<payment>", "the id of the payment", parsedBy<PaymentId>(parsePaymentId)] as const;
export const LIMIT_OPTION = ["--limit <count>", "how many at most, up to 100", parsedBy(parsePageLimit), 20] as const;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a time such as 90s, 15m, 1h or 30d; NaN of any other text. */
export const secondsOf = (text: string): number => {
  const [, count, unit = "s"] = /^(\d{1,8})([smhd])?$/.exec(text) ?? [];
  return Number(count) * (UNITS[unit] ?? 1);
};
