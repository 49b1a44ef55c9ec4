/**
 * What JSON lets stand as it is and a terminal or a reader of lines may obey: DEL and the C1 controls (0x9b starts
 * an escape sequence), the line and paragraph separators, and marks that turn the direction of the text.
 */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const HAS_UNSAFE = new RegExp(UNSAFE.source);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A line of JSON with the same meaning, in which nothing is left that a terminal obeys. */
export const harmlessJson = (line: string): string => (HAS_UNSAFE.test(line) ? line.replace(UNSAFE, escaped) : line);

/** Each escape of JSON; those of control characters, but for tab and line feed, in the group. */
const ESCAPE = /\\(u00(?:[01][0-9a-f]|7f|[89][0-9a-f])|u061c|u200[ef]|u202[89a-e]|u206[6-9]|[bfr])|\\./g;

/**
 * The same for a line whose texts will be printed without their quotes: there control characters come out as the
 * escapes that they were written as.
 */
export const harmlessText = (line: string): string =>
  harmlessJson(line).replace(ESCAPE, (whole, control) => (control === undefined ? whole : `\\\\${control}`));
