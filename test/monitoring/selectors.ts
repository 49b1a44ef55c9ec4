/** What an expression of PromQL asks of one metric. */
export interface Selector {
  readonly metric: string;
  /** The values that each label is compared with; a regular expression as it is written. */
  readonly labels: readonly { readonly name: string; readonly operator: string; readonly value: string }[];
}

const WORDS = new Set(["and", "or", "unless", "by", "without", "on", "ignoring", "offset", "bool"]);
const GROUPING = /\b(?:by|without|on|ignoring)\s*\([^)]*\)/g;
const METRIC = /([a-zA-Z_:][\w:]*)(?:\s*\{([^}]*)\})?(?!\s*\()(?![\w:])/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;

const matchersIn = (text: string): Selector["labels"] =>
  [...text.matchAll(MATCHER)].map(([, name = "", operator = "", value = ""]) => ({ name, operator, value }));

/** Every metric that an expression of PromQL names, with what it wants of its labels. */
export const selectorsIn = (expression: string): Selector[] => {
  const withoutDurations = expression
    .replace(GROUPING, " ")
    .replace(/\[[^\]]*\]/g, " ")
    .replace(/\boffset\s+\w+/g, " ");
  return [...withoutDurations.matchAll(METRIC)]
    .filter(([, name = ""]) => !WORDS.has(name))
    .map(([, metric = "", braces = ""]) => ({ metric, labels: matchersIn(braces) }));
};
