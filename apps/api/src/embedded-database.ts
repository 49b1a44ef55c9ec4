import { CommandFailed } from "./exit-code.ts";
import { POSTGRES_DIRECTORY } from "./local-data.ts";

export interface EmbeddedDatabase {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Starts the embedded PostgreSQL of `.data/`. Why it could not be started is for the operator to read. */
export const startEmbeddedDatabase = async (): Promise<EmbeddedDatabase> => {
  const { startEmbeddedPostgres } = await import("@payments/embedded-postgres");
  try {
    const server = await startEmbeddedPostgres({ dataDir: POSTGRES_DIRECTORY });
    return { connectionString: server.url(), stop: () => server.stop() };
  } catch (error) {
    throw new CommandFailed(`The embedded PostgreSQL could not be started: ${(error as Error).message}`);
  }
};
