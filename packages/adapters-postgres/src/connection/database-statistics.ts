import type { Knex } from "knex";
import type { QueueStatistics } from "./coalescer.ts";
import { PostgresError, toPostgresError } from "./postgres-error.ts";

export interface DatabaseSnapshot {
  readonly pool: {
    /** Maximum connections. */
    readonly limit: number;
    readonly used: number;
    readonly free: number;
    /** Statements that wait for a connection. */
    readonly waiting: number;
  };
  /** Errors since the start, by class. */
  readonly errors: Readonly<Record<ErrorClass, number>>;
  /** By the name of the queue. */
  readonly queues: ReadonlyMap<string, QueueStatistics>;
}

/** By SQLSTATE (PostgreSQL manual, appendix A). The first match counts. */
const CLASSES = {
  "statement-timeout": /^57014/,
  "lock-timeout": /^55P03/,
  conflict: /^40/,
  constraint: /^23/,
  data: /^22/,
  authentication: /^28/,
  permission: /^42501/,
  statement: /^42/,
  "disk-full": /^53100/,
  resources: /^5[34]/,
  shutdown: /^57/,
  connection: /^(08|3D|E)/,
} as const;

/** `connection` includes network errors. `pool-timeout`: no connection was free in time. */
export type ErrorClass = keyof typeof CLASSES | "pool-timeout" | "other";

const classOf = (error: unknown): ErrorClass => {
  const reported = toPostgresError(error);
  if (!(reported instanceof PostgresError)) return "other";
  const { code, unavailable } = reported;
  const found = Object.entries(CLASSES).find(([, pattern]) => code !== null && pattern.test(code));
  return (found?.[0] as ErrorClass | undefined) ?? (unavailable ? "connection" : "other");
};

/** The parts of tarn's pool that are read here. */
interface Pool {
  readonly max: number;
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  on(event: "createFail", listener: (id: number, error: unknown) => void): void;
  on(event: "acquireFail", listener: (id: number, error: unknown) => void): void;
}

/** Statistics of a connection pool and of the queues before it. */
export class DatabaseStatistics {
  readonly #pool: Pool;
  readonly #errors: Record<ErrorClass, number>;
  readonly #queues = new Map<string, () => QueueStatistics>();

  constructor(knex: Knex) {
    const names = [...(Object.keys(CLASSES) as ErrorClass[]), "pool-timeout", "other"];
    this.#errors = Object.fromEntries(names.map((name) => [name, 0])) as Record<ErrorClass, number>;
    this.#pool = knex.client.pool;
    knex.client.on("query-error", (error: unknown) => this.#count(classOf(error)));
    this.#pool.on("createFail", (_, error) => this.#count(classOf(error)));
    this.#pool.on("acquireFail", (_, error) => {
      if (error instanceof Error && error.constructor.name === "TimeoutError") this.#count("pool-timeout");
    });
  }

  addQueue(name: string, read: () => QueueStatistics): void {
    this.#queues.set(name, read);
  }

  snapshot(): DatabaseSnapshot {
    const pool = this.#pool;
    return {
      pool: { limit: pool.max, used: pool.numUsed(), free: pool.numFree(), waiting: pool.numPendingAcquires() },
      errors: { ...this.#errors },
      queues: new Map([...this.#queues].map(([name, read]) => [name, read()])),
    };
  }

  #count(name: ErrorClass): void {
    this.#errors[name]++;
  }
}
