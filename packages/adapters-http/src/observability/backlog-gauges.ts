import { Gauge, type Registry } from "prom-client";

const TIMEOUT_MS = 1_000;

type Descriptions<Backlog> = { readonly [Field in keyof Backlog]: { readonly name: string; readonly help: string } };

/**
 * Exposes each number of a backlog as a gauge. A scrape waits a second for `read` at most, and then repeats the last
 * values.
 */
export const exposeBacklog = <Backlog extends { readonly [Field in keyof Backlog]: number }>(
  registry: Registry,
  descriptions: Descriptions<Backlog>,
  read: () => Promise<Backlog>,
): void => {
  const refresh = async (): Promise<void> => {
    const backlog = await read();
    for (const [field, gauge] of gauges) gauge.set(backlog[field]);
  };
  const collect = async (): Promise<void> => {
    let timeout: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, TIMEOUT_MS);
    });
    await Promise.race([refresh().catch(() => {}), over]);
    clearTimeout(timeout);
  };
  const gauges = (Object.keys(descriptions) as (keyof Backlog)[]).map((field, index) => {
    const options = { ...descriptions[field], registers: [registry] };
    // A scrape collects all gauges at once, so one of them reads for all.
    return [field, new Gauge(index === 0 ? { ...options, collect } : options)] as const;
  });
};
