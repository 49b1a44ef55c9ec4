import { CommandFailed } from "./exit-code.ts";
import { makeLocalData, POSTGRES_DIRECTORY } from "./local-data.ts";

export interface EmbeddedDatabase {
  readonly connectionString: string;
  stop(): Promise<void>;
  /** Resolves when it has ended by itself, or was killed; else never. */
  readonly lost: Promise<void>;
}

const IN_USE = "This service runs from this folder already: use that one, stop it, or set DATABASE_URL.";

/**
 * Starts the embedded PostgreSQL of `.data/`, once no command has one of its own there. Commands use the one of a
 * running service; one that is not `shared` they leave alone. Why it could not be started is for the operator to read.
 */
export const startEmbeddedDatabase = async (shared: boolean): Promise<EmbeddedDatabase> => {
  const { findRunningEmbeddedPostgres, startEmbeddedPostgres } = await import("@payments/embedded-postgres");
  makeLocalData();
  try {
    const server = await startEmbeddedPostgres({ dataDir: POSTGRES_DIRECTORY, shared });
    return { connectionString: server.url(), stop: () => server.stop(), lost: server.lost };
  } catch (error) {
    const isInUse = findRunningEmbeddedPostgres(POSTGRES_DIRECTORY) !== null;
    const advice = isInUse ? `\n${IN_USE}` : "";
    throw new CommandFailed(`The embedded PostgreSQL could not be started: ${(error as Error).message}${advice}`);
  }
};
