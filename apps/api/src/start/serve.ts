import { environment } from "../config/environment.ts";
import { ALL_SECTIONS, type Config } from "../config/sections.ts";
import { CommandFailed, EXIT } from "../errors/command-failed.ts";
import { report } from "../errors/report.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../local/embedded-database.ts";
import { greeting } from "../local/greeting.ts";
import { isLocal, readConfigOrLocal, storeUrl } from "../local/local-data.ts";
import { createLog } from "../observability/logger.ts";
import { startTracing } from "../observability/tracing.ts";
import { PaymentsServer } from "./server.ts";
import { onStopSignal } from "./stop-signal.ts";

/** The service ignores arguments, so it rejects them. Only the first name is repeated: the rest may be a secret. */
const rejectArguments = ([first]: readonly string[]): void => {
  if (first === undefined) return;
  throw new CommandFailed(
    `The service takes no arguments, but was given ${first.split("=", 1)}. Environment variables configure it, as in \`PORT=4000 npm start\`.\n` +
      "docs/reference/configuration.md lists them. Operator's commands: `npm run cli -- --help`.",
    EXIT.usage,
  );
};

const testProcessor = ({ processors }: Config) => (processors.stripe.secretKeys.test === null ? "sandbox" : "stripe");

let local: EmbeddedDatabase | undefined;
try {
  rejectArguments(process.argv.slice(2));
  const variables = environment();
  const config = readConfigOrLocal(variables, ALL_SECTIONS);
  const { logger, end: endLog } = await createLog(config.logging.level);
  if (isLocal(variables)) {
    if (process.stdout.isTTY) console.log("DATABASE_URL is not set: starting an embedded PostgreSQL in .data/ ...");
    local = await startEmbeddedDatabase(true);
    storeUrl(null);
  }
  const database = { ...config.database, ...(local && { connectionString: local.connectionString }) };
  const tracing = await startTracing(config.tracing, logger);
  const server = new PaymentsServer({ ...config, database }, logger, tracing);
  const isStartedByNpm = variables["npm_lifecycle_event"] !== undefined;
  const stop = onStopSignal(isStartedByNpm, async (reason) => {
    logger.info({ reason }, "stopping");
    await server.stop();
    await tracing?.stop();
    if (local) storeUrl(null);
    await local?.stop();
    logger.info("stopped");
    await endLog();
    process.exit();
  });
  local?.lost.then(() => {
    logger.error("the embedded PostgreSQL has ended, so the service stops; start it again to start both");
    process.exitCode = EXIT.failed;
    stop("the embedded PostgreSQL has ended");
  });
  const url = await server.start();
  if (local) storeUrl(url);
  logger.info({ live: config.processors.live, test: testProcessor(config) }, "processors");
  logger.info({ url }, "listening");
  if (local && config.adminTokens.secret !== undefined)
    console.log(greeting(url, isStartedByNpm, testProcessor(config)));
} catch (error) {
  await local?.stop();
  process.exit(report(error));
}
