/** One metric selector of a PromQL expression. */
export interface Selector {
  readonly metric: string;
  /** The compared value of each label, or its regular expression. */
  readonly labels: readonly { readonly name: string; readonly operator: string; readonly value: string }[];
}

const WORDS = new Set(["and", "or", "unless", "by", "without", "on", "ignoring", "offset", "bool"]);
const GROUPING = /\b(?:by|without|on|ignoring)\s*\([^)]*\)/g;
const METRIC = /([a-zA-Z_:][\w:]*)(?:\s*\{([^}]*)\})?(?!\s*\()(?![\w:])/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;

const matchersIn = (text: string): Selector["labels"] =>
  [...text.matchAll(MATCHER)].map(([, name = "", operator = "", value = ""]) => ({ name, operator, value }));

/** Every metric of a PromQL expression with its label matchers. */
export const selectorsIn = (expression: string): Selector[] => {
  const withoutDurations = expression
    .replace(GROUPING, " ")
    .replace(/\[[^\]]*\]/g, " ")
    .replace(/\boffset\s+\w+/g, " ");
  return [...withoutDurations.matchAll(METRIC)]
    .filter(([, name = ""]) => !WORDS.has(name))
    .map(([, metric = "", braces = ""]) => ({ metric, labels: matchersIn(braces) }));
};
