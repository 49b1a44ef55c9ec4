import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "./invalid-value.ts";

const NUL_OR_LONE_SURROGATE = /\0|\p{Surrogate}/u;

/** Length in Unicode code points, as JSON Schema's `maxLength` counts it. */
const lengthOf = (text: string, enough: number): number => (text.length <= enough ? text.length : [...text].length);

/**
 * Text that every storage can hold and give back unchanged: well-formed Unicode without NUL, at most
 * `maximum` code points. It is not normalised: both forms of an accent stay as they were sent.
 */
export const parseText = (raw: string, maximum: number): Result<string, InvalidValue> => {
  if (lengthOf(raw, maximum) > maximum) return invalidValue(`must be at most ${maximum} characters`);
  if (NUL_OR_LONE_SURROGATE.test(raw)) return invalidValue("must be well-formed Unicode without the character U+0000");
  return ok(raw);
};
