const NEEDS_ESCAPE = /["\\]/;
const ESCAPED = /["\\]/g;

/**
 * PostgreSQL's literal of a one-dimensional array, built piece by piece (PostgreSQL manual, section 8.15.6). Every
 * element is quoted, so that the text `NULL` stays text; null becomes NULL.
 */
export class TextArray {
  #literal = "";

  add(element: string | null): void {
    const quoted =
      element === null ? "NULL" : `"${NEEDS_ESCAPE.test(element) ? element.replace(ESCAPED, "\\$&") : element}"`;
    this.#literal += this.#literal === "" ? quoted : `,${quoted}`;
  }

  toString(): string {
    return `{${this.#literal}}`;
  }
}

export const textArray = (elements: Iterable<string | null>): string => {
  const array = new TextArray();
  for (const element of elements) array.add(element);
  return array.toString();
};
