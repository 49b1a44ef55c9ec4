import { createKnex, type Knex } from "@payments/adapters-postgres";
import { environment } from "../config/environment.ts";
import { startEmbeddedDatabase } from "../embedded-database.ts";
import { isLocal, POSTGRES_DIRECTORY, readConfigOrLocal } from "../local-data.ts";

interface OpenDatabase {
  readonly connectionString: string;
  stop(): Promise<void>;
}

const ofTheService = async (): Promise<OpenDatabase | null> => {
  const { findRunningEmbeddedPostgres } = await import("@payments/embedded-postgres");
  const running = findRunningEmbeddedPostgres(POSTGRES_DIRECTORY);
  return running === null ? null : { connectionString: running, stop: async () => {} };
};

/**
 * The embedded database: the one that a running `npm start` already has, else started for this command alone, after
 * any other command's: it would go with that one.
 */
const openEmbedded = async (): Promise<OpenDatabase> => {
  const running = await ofTheService();
  if (running !== null) return running;
  try {
    return await startEmbeddedDatabase(false);
  } catch (error) {
    const startedMeanwhile = await ofTheService();
    if (startedMeanwhile !== null) return startedMeanwhile;
    throw error;
  }
};

/** Runs `work` on the database that `DATABASE_URL` names, or on the embedded one, and closes it afterwards. */
export const withDatabase = async <Result>(work: (knex: Knex) => Promise<Result>): Promise<Result> => {
  const { database } = readConfigOrLocal(environment(), ["database"]);
  const embedded = isLocal(environment()) ? await openEmbedded() : undefined;
  const knex = createKnex({
    connectionString: embedded?.connectionString ?? database.connectionString,
    poolSize: 2,
    applicationName: "payments-cli",
  });
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
    await embedded?.stop();
  }
};
