import type { Logger } from "pino";

const INTERVAL_MS = 10_000;

/** Callers can reset connections without end, so the failures of an interval share one line. */
export class ConnectionFailures {
  readonly #logger: Logger;
  readonly #counts = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  record(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) {
      // No failure of the network: its stack shows the bug.
      this.#logger.error({ err: error }, "connection failed");
      return;
    }
    if (this.#counts.size === 0) setTimeout(() => this.#write(), INTERVAL_MS).unref();
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  #write(): void {
    this.#logger.warn({ codes: Object.fromEntries(this.#counts) }, "connections failed");
    this.#counts.clear();
  }
}
