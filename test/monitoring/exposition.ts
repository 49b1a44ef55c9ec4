import type { Selector } from "./selectors.ts";

/** A line of Prometheus's text format. */
interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels that Prometheus itself adds to what it scrapes. */
const OF_PROMETHEUS = new Set(["job", "instance"]);

/** What Prometheus makes itself, and what is there only after garbage was collected. */
const MAY_BE_MISSING = /^(up|nodejs_gc_.*)$/;

export const samplesIn = (text: string): Sample[] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, metric = "", braces = ""] = /^([^\s{]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      const pairs = [...braces.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]);
      return { metric, labels: Object.fromEntries(pairs) };
    });

/** For each alternative of what a label is compared with, whether some sample has it. */
const isFound = (values: readonly (string | undefined)[], operator: string, value: string): boolean => {
  if (operator === "=") return values.includes(value);
  return value
    .split("|")
    .every((part) => values.some((it) => it !== undefined && new RegExp(`^(?:${part})$`).test(it)));
};

/** What a selector asks for and no sample has: then its alert would never fire, its panel stay empty. */
export const missingOf = ({ metric, labels }: Selector, samples: readonly Sample[]): string[] => {
  if (MAY_BE_MISSING.test(metric)) return [];
  const own = samples.filter((sample) => sample.metric === metric);
  if (own.length === 0) return [metric];
  return labels
    .filter(({ name, value }) => !OF_PROMETHEUS.has(name) && !value.startsWith("$"))
    .filter(({ name, operator, value }) => {
      const values = own.map((sample) => sample.labels[name]);
      return !isFound(values, operator, value);
    })
    .map(({ name, operator, value }) => `${metric}{${name}${operator}"${value}"}`);
};
