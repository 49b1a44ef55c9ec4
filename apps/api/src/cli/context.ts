import type { Container } from "inversify";
import { pino } from "pino";
import { environment } from "../config/environment.ts";
import type { Config } from "../config/sections.ts";
import { openEmbeddedDatabase } from "../local/embedded-database.ts";
import { isLocal, readConfigOrLocal } from "../local/local-data.ts";
import { buildContainer } from "../modules/container.ts";
import { createChangeLog, type LogChange } from "./audit/operator-changes.ts";

/** Runs `work` with the wired application on the configured database, or on the embedded one, and closes it. */
const withSections = async <Result>(
  names: readonly ("apiKeys" | "database" | "encryption" | "processors")[],
  work: (container: Container) => Promise<Result>,
): Promise<Result> => {
  const config: Pick<Config, "database"> & Partial<Config> = readConfigOrLocal(environment(), ["database", ...names]);
  const embedded = isLocal(environment()) ? await openEmbeddedDatabase() : undefined;
  const connection = {
    connectionString: embedded?.connectionString ?? config.database.connectionString,
    poolSize: 2,
    applicationName: "payments-cli",
  };
  const container = buildContainer({ config, connection, logger: pino({ level: "silent" }), tracing: null });
  try {
    return await work(container);
  } finally {
    await container.unbindAllAsync();
    await embedded?.stop();
  }
};

/** For commands that work on the database as a whole: a fault in other settings does not stop them. */
export const withDatabase = <Result>(work: (container: Container) => Promise<Result>): Promise<Result> =>
  withSections([], work);

/** For commands that store secrets. */
export const withEncryption = <Result>(work: (container: Container) => Promise<Result>): Promise<Result> =>
  withSections(["encryption"], work);

/** For commands that read clients, keys and payments. */
export const withContainer = <Result>(work: (container: Container) => Promise<Result>): Promise<Result> =>
  withSections(["apiKeys"], work);

/** For commands that change clients or keys: they report each change to `changed`. */
export const withAuditedContainer = <Result>(
  work: (container: Container, changed: LogChange) => Promise<Result>,
): Promise<Result> => withContainer((container) => work(container, createChangeLog()));

/** For commands that ask a payment processor. */
export const withProcessors = <Result>(work: (container: Container) => Promise<Result>): Promise<Result> =>
  withSections(["apiKeys", "processors"], work);

/** For commands that ask a payment processor to change a payment. */
export const withAuditedProcessors = <Result>(
  work: (container: Container, changed: LogChange) => Promise<Result>,
): Promise<Result> => withProcessors((container) => work(container, createChangeLog()));
