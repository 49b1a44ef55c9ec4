import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "./invalid-value.ts";

const NUL_OR_LONE_SURROGATE = /\0|\p{Surrogate}/u;

/**
 * Text that every storage can hold and give back unchanged: well-formed Unicode without NUL, at most
 * `maximum` code points, as JSON Schema's `maxLength` counts. It is not normalised: both forms of an accent
 * stay as they were sent.
 */
export const parseText = (raw: string, maximum: number): Result<string, InvalidValue> => {
  // Spread only where it must be: a text never has more code points than code units.
  if (raw.length > maximum && [...raw].length > maximum) return invalidValue(`must be at most ${maximum} characters`);
  if (NUL_OR_LONE_SURROGATE.test(raw)) return invalidValue("must be well-formed Unicode without the character U+0000");
  return ok(raw);
};
