import { type Err, err } from "neverthrow";

/** Untrusted input that a `parseX` rejected. `detail` tells the sender what to send instead. */
export interface InvalidValue {
  readonly type: "invalid-value";
  readonly detail: string;
}

export const invalidValue = (detail: string): Err<never, InvalidValue> => err({ type: "invalid-value", detail });
