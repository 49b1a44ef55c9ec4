import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "@payments/adapters-http";
import { migrate } from "@payments/adapters-postgres";
import type { Container } from "inversify";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { buildContainer } from "./container.ts";
import { TOKENS as T } from "./tokens.ts";

/** The whole service as a value: tests start several of them, each on its own port. */
export class PaymentsServer {
  readonly #config: Config;
  readonly #container: Container;
  #http: Server | undefined;

  constructor(config: Config, logger: Logger) {
    this.#config = config;
    this.#container = buildContainer(config, logger);
  }

  /** Migrates the database if that is due, then listens. Returns the URL of the API. */
  async start(): Promise<string> {
    await migrate(this.#container.get(T.Knex));
    const { host, port, basePath } = this.#config.http;
    const http = createServer(this.#container.get(T.HttpApp));
    await new Promise<void>((resolve, reject) => http.once("error", reject).listen(port, host, resolve));
    this.#http = http;
    const address = http.address() as AddressInfo;
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}${basePath}`;
  }

  /**
   * Takes no new connections, answers the requests that have begun, and lets go of the database.
   * Connections that are still open after the shutdown timeout are cut.
   */
  async stop(): Promise<void> {
    const http = this.#http;
    if (http !== undefined) {
      const cut = setTimeout(() => http.closeAllConnections(), this.#config.http.shutdownTimeoutMs);
      await new Promise((resolve) => {
        http.close(resolve);
        http.closeIdleConnections();
      });
      clearTimeout(cut);
    }
    await this.#container.unbindAllAsync();
  }
}
