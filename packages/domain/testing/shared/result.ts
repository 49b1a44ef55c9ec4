import type { Result } from "neverthrow";

type Value<Outcome> = Outcome extends Result<infer Value, unknown> ? Value : never;
type Failure<Outcome> = Outcome extends Result<unknown, infer Failure> ? Failure : never;

/** Bigints have no JSON, and the JSON of an error is empty. */
const printed = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === "bigint" || part instanceof Error ? String(part) : part));

/** The value of a result. An error fails the test, with the error in the message. */
export const expectOk = <Outcome extends Result<unknown, unknown>>(result: Outcome): Value<Outcome> => {
  if (result.isErr()) throw new Error(`Expected a value, received the error ${printed(result.error)}`);
  return result.value as Value<Outcome>;
};

/** The error of a result. A value fails the test, with the value in the message. */
export const expectError = <Outcome extends Result<unknown, unknown>>(result: Outcome): Failure<Outcome> => {
  if (result.isOk()) throw new Error(`Expected an error, received the value ${printed(result.value)}`);
  return result.error as Failure<Outcome>;
};
