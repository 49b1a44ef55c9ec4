import { ALL_SECTIONS, environment, readConfig } from "./config.ts";
import { isLocal, withLocalDefaults } from "./local-data.ts";
import { greet, type LocalDatabase, startLocalDatabase } from "./local-service.ts";
import { createLogger } from "./logger.ts";
import { report } from "./report.ts";
import { PaymentsServer } from "./server.ts";
import { onStopSignal } from "./stop-signal.ts";

let local: LocalDatabase | undefined;
try {
  const variables = environment();
  const config = readConfig(withLocalDefaults(variables), ALL_SECTIONS);
  const logger = createLogger(config.logging.level);
  if (isLocal(variables)) local = await startLocalDatabase();
  const database = { ...config.database, ...(local && { connectionString: local.connectionString }) };
  const server = new PaymentsServer({ ...config, database }, logger);
  onStopSignal(variables["npm_lifecycle_event"] !== undefined, async (reason) => {
    logger.info({ reason }, "stopping");
    await server.stop();
    await local?.stop();
    logger.info("stopped");
    process.exit();
  });
  const url = await server.start();
  logger.info({ url }, "listening");
  if (local) await greet(url, config.adminTokens);
} catch (error) {
  await local?.stop();
  process.exit(report(error));
}
