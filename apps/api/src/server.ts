import type { Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { createMetricsServer, createServer } from "@payments/adapters-http";
import { migrate, migrationStatus } from "@payments/adapters-postgres";
import type { Container } from "inversify";
import type { Logger } from "pino";
import type { Config } from "./config/sections.ts";
import { buildContainer } from "./container.ts";
import { CommandFailed } from "./exit-code.ts";
import { type ListenOptions, listen } from "./listen.ts";
import { TOKENS as T } from "./tokens.ts";
import type { Tracing } from "./tracing/tracing.ts";

/** On a connection that is idle at this moment the next request may be on its way already. */
const IDLE_GRACE_MS = 1_000;

/** HTTP's own `close` would cut the idle connections at once, and with them the requests on their way. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    // What has arrived by then is read first.
    const cutIdle = setTimeout(setImmediate, IDLE_GRACE_MS, () => server.closeIdleConnections());
    NetServer.prototype.close.call(server, () => {
      clearTimeout(cutIdle);
      resolve();
    });
  });

/** The whole service as a value: tests start several of them, each on its own port. */
export class PaymentsServer {
  readonly #config: Config;
  readonly #container: Container;
  readonly #listening: Server[] = [];

  constructor(config: Config, logger: Logger, tracing: Tracing | null = null) {
    this.#config = config;
    this.#container = buildContainer(config, logger, tracing);
  }

  /**
   * Migrates the database if that is due and wanted, then listens. Returns the URL of the API. Throws a
   * `CommandFailed` where it is due and not wanted, and where the address or a port can't be had.
   */
  async start(): Promise<string> {
    await this.#prepareSchema();
    const { host, port, metricsPort, basePath } = this.#config.http;
    const metrics = this.#container.get(T.Metrics);
    const api = createServer(this.#container.get(T.HttpApp).callback(), {
      basePath,
      metrics,
      logger: this.#container.get(T.Logger),
    });
    await this.#listen(api, { host, port, portVariable: "PORT" });
    if (metricsPort !== null) {
      await this.#listen(createMetricsServer(metrics), { host, port: metricsPort, portVariable: "METRICS_PORT" });
    }
    const address = api.address() as AddressInfo;
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}${basePath}`;
  }

  /**
   * Takes no new connections, answers the requests that have begun or are on their way, and lets go of the database.
   * Connections that are still open after the shutdown timeout are cut.
   */
  async stop(): Promise<void> {
    const cut = setTimeout(() => {
      for (const server of this.#listening) server.closeAllConnections();
    }, this.#config.http.shutdownTimeoutMs);
    await Promise.all(this.#listening.map(close));
    clearTimeout(cut);
    await this.#container.get(T.ApiKeyUsage).close();
    await this.#container.unbindAllAsync();
  }

  async #prepareSchema(): Promise<void> {
    const knex = this.#container.get(T.Knex);
    if (this.#config.database.migrateOnStart) {
      await migrate(knex);
      return;
    }
    const { pending } = await migrationStatus(knex);
    if (pending.length > 0) {
      throw new CommandFailed(
        `The database is not up to date, and MIGRATE_ON_START is false. Pending: ${pending.join(", ")}.\n` +
          "Run `npm run cli -- migrate up` as the owner of the schema, then start again.",
      );
    }
  }

  async #listen(server: Server, options: ListenOptions): Promise<void> {
    await listen(server, options);
    this.#listening.push(server);
  }
}
