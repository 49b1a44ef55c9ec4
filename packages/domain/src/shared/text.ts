import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "./invalid-value.ts";

const NUL_OR_LONE_SURROGATE = /\0|\p{Surrogate}/u;

/**
 * Accepts text that every storage can hold and return unchanged: well-formed Unicode without NUL, of at most `maximum`
 * code points, as JSON Schema's `maxLength` counts them. The text is not normalised.
 */
export const parseText = (raw: string, maximum: number): Result<string, InvalidValue> => {
  // A text never has more code points than code units, so most texts need no count.
  if (raw.length > maximum && [...raw].length > maximum) return invalidValue(`must be at most ${maximum} characters`);
  if (NUL_OR_LONE_SURROGATE.test(raw)) return invalidValue("must be well-formed Unicode without the character U+0000");
  return ok(raw);
};
