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

/** Adapts a parser of the domain to Commander. */
export const parsedBy =
  <Value>(parse: (raw: string) => Result<Value, InvalidValue>) =>
  (raw: string): Value =>
    parse(raw).match(
      (value) => value,
      ({ detail }) => {
        throw new InvalidArgumentError(`It ${detail}.`);
      },
    );

export const integer = (raw: string): number => {
  if (/^\d{1,15}$/.test(raw)) return Number(raw);
  throw new InvalidArgumentError("It must be an integer of at least 0.");
};

export interface JsonOption {
  readonly json?: boolean;
}

export interface YesOption {
  readonly yes?: boolean;
}

export interface KeyFileOption {
  readonly keyFile?: string;
}

export const CLIENT_ARGUMENT = [
  "<client>",
  "the client's id: `clients list` shows it",
  parsedBy<ClientId>(parseClientId),
] as const;
export const OPTIONAL_CLIENT = ["[client]", "the client's id; default: all clients", CLIENT_ARGUMENT[2]] as const;
export const PAYMENT_ARGUMENT = ["<payment>", "the payment's id", parsedBy<PaymentId>(parsePaymentId)] as const;
export const LIMIT_OPTION = [
  "--limit <count>",
  "maximum number of rows, 1 to 100",
  parsedBy(parsePageLimit),
  20,
] as const;
export const JSON_OPTION = ["--json", "print the result as one JSON document"] as const;
export const YES_OPTION = ["-y, --yes", "skip the confirmation prompt"] as const;
export const KEY_FILE_OPTION = [
  "--key-file <file>",
  "write the key to this new file instead of printing it; only its owner can read the file",
] as const;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a duration such as 90s, 15m, 1h or 30d; NaN for any other text. */
export const secondsOf = (text: string): number => {
  const [, count, unit = "s"] = /^(\d{1,8})([smhd])?$/.exec(text) ?? [];
  return Number(count) * (UNITS[unit] ?? 1);
};

/** An action whose code is loaded when it runs: help and completion start without it. */
export const lazily =
  <Args extends readonly unknown[]>(load: () => Promise<(...args: Args) => Promise<void>>) =>
  async (...args: Args): Promise<void> =>
    (await load())(...args);
