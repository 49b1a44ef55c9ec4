import type { Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createMetricsServer, createServer } from "@payments/adapters-http";
import { readOperationBacklog, readWebhookBacklog } from "@payments/adapters-postgres";
import { type IsolatedProcessor, RunOperation } from "@payments/domain";
import type { Container } from "inversify";
import type { Logger } from "pino";
import type { Config } from "../config/sections.ts";
import { authenticationModule } from "../modules/authentication.ts";
import { buildContainer } from "../modules/container.ts";
import { httpModule } from "../modules/http.ts";
import { onboardingModule } from "../modules/onboarding.ts";
import { quotasModule } from "../modules/quotas.ts";
import { stripeModule, usesStripe } from "../modules/stripe.ts";
import { TOKENS as T } from "../modules/tokens.ts";
import { webhooksModule } from "../modules/webhooks.ts";
import type { Tracing } from "../observability/tracing.ts";
import { type ListenOptions, listen } from "./listen.ts";
import { prepareSchema } from "./prepare-schema.ts";

/** The next request may already be on its way on an idle connection. */
const IDLE_GRACE_MS = 1_000;

/** Node's HTTP `close` cuts idle connections at once, and with them requests on their way. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    // Requests that have arrived by then are read first.
    const cutIdle = setTimeout(setImmediate, IDLE_GRACE_MS, () => server.closeIdleConnections());
    NetServer.prototype.close.call(server, () => {
      clearTimeout(cutIdle);
      resolve();
    });
  });

const urlOf = ({ family, address, port }: AddressInfo): string =>
  `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;

/** The service as a value: tests start several of them, each on its own port. */
export class PaymentsServer {
  readonly #config: Config;
  readonly #container: Container;
  readonly #listening: Server[] = [];

  constructor(config: Config, logger: Logger, tracing: Tracing | null = null) {
    this.#config = config;
    const connection = { ...config.database, applicationName: "payments-api" };
    this.#container = buildContainer(
      { config, connection, logger, tracing },
      authenticationModule,
      quotasModule,
      onboardingModule,
      webhooksModule,
      httpModule,
      ...(usesStripe(config.processors) ? [stripeModule] : []),
    );
  }

  /**
   * Migrates the database if `MIGRATE_ON_START` allows it, then listens. Returns the URL of the API.
   * @throws CommandFailed when migrations are pending and not allowed, or an address or port is not available.
   */
  async start(): Promise<string> {
    await prepareSchema(this.#container.get(T.Knex), this.#config.database.migrateOnStart);
    const { host, port, metricsPort, basePath } = this.#config.http;
    const metrics = this.#container.get(T.Metrics);
    const anonymous = this.#container.get(T.AnonymousLimit);
    const options = { basePath, anonymous, metrics, logger: this.#container.get(T.Logger) };
    const api = createServer(this.#container.get(T.HttpApp).callback(), options);
    metrics.exposeConnections(api);
    metrics.processors.exposeStatus(() => this.#processors().map((processor) => processor.status()));
    metrics.processors.exposeBacklog(() => readOperationBacklog(this.#container.get(T.Knex)));
    metrics.webhooks.exposeBacklog(() => readWebhookBacklog(this.#container.get(T.Knex)));
    await this.#listen(api, { host, port, portVariable: "PORT" });
    if (metricsPort !== null) {
      await this.#listen(createMetricsServer(options), { host, port: metricsPort, portVariable: "METRICS_PORT" });
    }
    if (this.#config.http.background) {
      for (const worker of this.#container.getAll(T.BackgroundWorker)) worker.start();
    }
    const url = urlOf(api.address() as AddressInfo) + basePath;
    if (this.#config.processors.publicUrl === null)
      this.#container.get(T.PublicUrl).value = url.replace("//0.0.0.0:", "//127.0.0.1:");
    return url;
  }

  /**
   * Stops accepting connections, responds to the requests in flight, waits for the calls of processors in flight, and
   * closes the database connections. After the shutdown timeout it cuts open connections, and leaves unfinished work to
   * other processes.
   */
  async stop(): Promise<void> {
    const finished = new AbortController();
    const over = sleep(this.#config.http.shutdownTimeoutMs, undefined, { signal: finished.signal }).then(
      () => {
        for (const server of this.#listening) server.closeAllConnections();
      },
      () => undefined,
    );
    const stopped = Promise.all(this.#container.getAll(T.BackgroundWorker).map((worker) => worker.stop()));
    await Promise.all(this.#listening.map(close));
    await Promise.race([Promise.all([stopped, this.#container.get(RunOperation).finish()]), over]);
    finished.abort();
    await this.#container.get(T.ApiKeyUsage).close();
    await this.#container.unbindAllAsync();
  }

  #processors(): readonly (IsolatedProcessor<"live"> | IsolatedProcessor<"test">)[] {
    const { live, test } = this.#container.get(T.Processors);
    return [live, test].filter((processor) => processor !== null);
  }

  async #listen(server: Server, options: ListenOptions): Promise<void> {
    await listen(server, options);
    this.#listening.push(server);
  }
}
