import { Counter, Gauge, type Registry } from "prom-client";

/** Read on a scrape. */
export interface DatabaseStatistics {
  readonly pool: { readonly limit: number; readonly used: number; readonly free: number; readonly waiting: number };
  /** Errors since the start, by class. */
  readonly errors: Readonly<Record<string, number>>;
  readonly queues: ReadonlyMap<string, QueueStatistics>;
}

interface QueueStatistics {
  readonly waiting: number;
  readonly batches: number;
  readonly items: number;
  readonly milliseconds: number;
}

type Samples = readonly (readonly [label: string, value: number])[];

/** Registers metrics of the connection pool, its errors and its queues. */
export const exposeDatabase = (registry: Registry, read: () => DatabaseStatistics): void => {
  const registers = [registry];
  const gauge = (name: string, help: string, label: string, samples: () => Samples) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        for (const [value, sample] of samples()) this.set({ [label]: value }, sample);
      },
    });
  const counter = (name: string, help: string, label: string, samples: () => Samples) =>
    new Counter({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, sample] of samples()) this.inc({ [label]: value }, sample);
      },
    });
  const queues = (pick: (queue: QueueStatistics) => number) => (): Samples =>
    [...read().queues].map(([name, queue]) => [name, pick(queue)]);

  gauge("database_pool_connections", "Open connections", "state", () => [
    ["used", read().pool.used],
    ["free", read().pool.free],
  ]);
  new Gauge({
    name: "database_pool_connections_limit",
    help: "Maximum of connections of this process",
    registers,
    collect() {
      this.set(read().pool.limit);
    },
  });
  new Gauge({
    name: "database_pool_waiting",
    help: "Statements waiting for a connection",
    registers,
    collect() {
      this.set(read().pool.waiting);
    },
  });
  counter("database_errors_total", "Errors of statements and connections", "class", () =>
    Object.entries(read().errors),
  );
  gauge(
    "database_queue_waiting",
    "Items waiting for a batch",
    "queue",
    queues(({ waiting }) => waiting),
  );
  counter(
    "database_queue_batches_total",
    "Batches executed",
    "queue",
    queues(({ batches }) => batches),
  );
  counter(
    "database_queue_items_total",
    "Items in executed batches",
    "queue",
    queues(({ items }) => items),
  );
  counter(
    "database_queue_batch_seconds_total",
    "Total duration of executed batches",
    "queue",
    queues(({ milliseconds }) => milliseconds / 1000),
  );
};
