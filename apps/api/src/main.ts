import { environment } from "./config/environment.ts";
import { ALL_SECTIONS } from "./config/sections.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "./embedded-database.ts";
import { EXIT } from "./exit-code.ts";
import { greet } from "./greet.ts";
import { isLocal, readConfigOrLocal } from "./local-data.ts";
import { createLog } from "./logger.ts";
import { refuseArguments } from "./refuse-arguments.ts";
import { report } from "./report.ts";
import { PaymentsServer } from "./server.ts";
import { onStopSignal } from "./stop-signal.ts";
import { startTracing } from "./tracing/start-tracing.ts";

let local: EmbeddedDatabase | undefined;
try {
  refuseArguments(process.argv.slice(2));
  const variables = environment();
  const config = readConfigOrLocal(variables, ALL_SECTIONS);
  const { logger, end: endLog } = await createLog(config.logging.level);
  if (isLocal(variables)) {
    if (process.stdout.isTTY) console.log("DATABASE_URL is not set: starting a PostgreSQL of its own in .data/ ...");
    local = await startEmbeddedDatabase(true);
  }
  const database = { ...config.database, ...(local && { connectionString: local.connectionString }) };
  const tracing = await startTracing(config.tracing, logger);
  const server = new PaymentsServer({ ...config, database }, logger, tracing);
  const stop = onStopSignal(variables["npm_lifecycle_event"] !== undefined, async (reason) => {
    logger.info({ reason }, "stopping");
    await server.stop();
    await tracing?.stop();
    await local?.stop();
    logger.info("stopped");
    await endLog();
    process.exit();
  });
  local?.lost.then(() => {
    logger.error("the embedded PostgreSQL has ended, so this service ends too; started again, it starts both");
    process.exitCode = EXIT.failed;
    stop("the embedded PostgreSQL has ended");
  });
  const url = await server.start();
  logger.info({ url }, "listening");
  if (local) await greet(url, config.adminTokens);
} catch (error) {
  await local?.stop();
  process.exit(report(error));
}
