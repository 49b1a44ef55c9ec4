import { CommandFailed } from "../errors/command-failed.ts";
import { makeLocalData, POSTGRES_DIRECTORY, readUrl } from "./local-data.ts";

export interface EmbeddedDatabase {
  readonly connectionString: string;
  stop(): Promise<void>;
  /** Resolves when the server ends by itself or is killed; otherwise never. */
  readonly lost: Promise<void>;
}

const inUse = (url: string | null): string =>
  `Another process of this service uses this folder${url === null ? "" : ` and listens on ${url}`}: use that one, stop it, or set DATABASE_URL.`;

/**
 * Starts the embedded PostgreSQL of `.data/`. The service starts a `shared` server, to which commands connect. A command
 * without a running service starts its own server, and other starts wait for its end.
 * @throws CommandFailed that gives the reason, for the operator.
 */
export const startEmbeddedDatabase = async (shared: boolean): Promise<EmbeddedDatabase> => {
  const { findRunningEmbeddedPostgres, startEmbeddedPostgres } = await import("@payments/embedded-postgres");
  makeLocalData();
  try {
    const server = await startEmbeddedPostgres({ dataDir: POSTGRES_DIRECTORY, shared });
    return { connectionString: server.url(), stop: () => server.stop(), lost: server.lost };
  } catch (error) {
    const isInUse = findRunningEmbeddedPostgres(POSTGRES_DIRECTORY) !== null;
    const advice = isInUse ? `\n${inUse(readUrl())}` : "";
    throw new CommandFailed(`The embedded PostgreSQL could not be started: ${(error as Error).message}${advice}`);
  }
};

type OpenDatabase = Pick<EmbeddedDatabase, "connectionString" | "stop">;

const findServiceDatabase = async (): Promise<OpenDatabase | null> => {
  const { findRunningEmbeddedPostgres } = await import("@payments/embedded-postgres");
  const connectionString = findRunningEmbeddedPostgres(POSTGRES_DIRECTORY);
  return connectionString === null ? null : { connectionString, stop: async () => {} };
};

/** The database of a running `npm start`, or else one for this command alone. Commands take turns. */
export const openEmbeddedDatabase = async (): Promise<OpenDatabase> => {
  const running = await findServiceDatabase();
  if (running !== null) return running;
  try {
    return await startEmbeddedDatabase(false);
  } catch (error) {
    const startedMeanwhile = await findServiceDatabase();
    if (startedMeanwhile !== null) return startedMeanwhile;
    throw error;
  }
};
