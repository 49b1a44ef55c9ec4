/**
 * Characters that JSON does not escape but a terminal or line reader may obey: DEL and the C1 controls (0x9b starts an
 * escape sequence), the line and paragraph separators, and marks that change the direction of text.
 */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const HAS_UNSAFE = new RegExp(UNSAFE.source);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The same JSON, with every character escaped that a terminal may obey. */
export const harmlessJson = (line: string): string => (HAS_UNSAFE.test(line) ? line.replace(UNSAFE, escaped) : line);

/** Any JSON escape. The group captures those of control characters, except tab and line feed. */
const ESCAPE = /\\(u00(?:[01][0-9a-f]|7f|[89][0-9a-f])|u061c|u200[ef]|u202[89a-e]|u206[6-9]|[bfr])|\\./g;

/**
 * The same for a line whose texts are printed unquoted. Control characters appear as their escapes.
 */
export const harmlessText = (line: string): string =>
  harmlessJson(line).replace(ESCAPE, (whole, control) => (control === undefined ? whole : `\\\\${control}`));
