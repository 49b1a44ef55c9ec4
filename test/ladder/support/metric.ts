import type { ApiProcess } from "../../support/api-process.ts";

/** The value of a series of an API's metrics, such as `payments_total{outcome="created"}`, or 0 if it does not exist yet. */
export const metric = async (api: ApiProcess, series: string): Promise<number> => {
  const { body } = await api.asAdmin("GET", "/metrics");
  const line = String(body)
    .split("\n")
    .find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
};

/** The sum of all series of a metric with labels. */
export const sumOfMetric = async (api: ApiProcess, name: string): Promise<number> => {
  const { body } = await api.asAdmin("GET", "/metrics");
  return String(body)
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
};
