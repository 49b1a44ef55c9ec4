import type { Selector } from "./selectors.ts";

/** A sample of Prometheus's text format. */
interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels that Prometheus adds to scraped samples. */
const OF_PROMETHEUS = new Set(["job", "instance"]);

/** Metrics that Prometheus creates, or that exist only after a garbage collection. */
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

/** Whether a sample has each alternative of a label's value. */
const isFound = (values: readonly (string | undefined)[], operator: string, value: string): boolean => {
  if (operator === "=") return values.includes(value);
  return value
    .split("|")
    .every((part) => values.some((it) => it !== undefined && new RegExp(`^(?:${part})$`).test(it)));
};

/** The parts of a selector without a sample. Its alert would never fire and its panel would be empty. */
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
