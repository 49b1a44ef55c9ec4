import { createKnex, type Knex } from "@payments/adapters-postgres";
import { environment, readConfig } from "../config.ts";
import { isLocal, POSTGRES_DIRECTORY, withLocalDefaults } from "../local-data.ts";

interface OpenDatabase {
  readonly connectionString: string;
  readonly close: () => Promise<void>;
}

/** The embedded database: the one that a running `npm start` already has, else started for this command. */
const openLocal = async (): Promise<OpenDatabase> => {
  const { findRunningEmbeddedPostgres, startEmbeddedPostgres } = await import("@payments/embedded-postgres");
  const running = findRunningEmbeddedPostgres(POSTGRES_DIRECTORY);
  if (running !== null) return { connectionString: running, close: async () => {} };
  const server = await startEmbeddedPostgres({ dataDir: POSTGRES_DIRECTORY });
  return { connectionString: server.url(), close: () => server.stop() };
};

/** Runs `work` on the database that `DATABASE_URL` names, or on the embedded one, and closes it afterwards. */
export const withDatabase = async <Result>(work: (knex: Knex) => Promise<Result>): Promise<Result> => {
  const { database } = readConfig(withLocalDefaults(environment()), ["database"]);
  const opened = isLocal(environment())
    ? await openLocal()
    : { connectionString: database.connectionString, close: async () => {} };
  const knex = createKnex({
    connectionString: opened.connectionString,
    poolSize: 2,
    applicationName: "payments-cli",
  });
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
    await opened.close();
  }
};
