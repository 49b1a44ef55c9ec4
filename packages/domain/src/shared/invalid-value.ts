import { type Err, err } from "neverthrow";

/** Untrusted input that a `parseX` refused. `detail` is written for the sender: what must be sent instead. */
export interface InvalidValue {
  readonly type: "invalid-value";
  readonly detail: string;
}

export const invalidValue = (detail: string): Err<never, InvalidValue> => err({ type: "invalid-value", detail });
