import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { initializeCluster, isInitialized, removeAbandoned, resetPassword } from "./cluster.ts";
import { databaseUrl, generatePassword, readPassword, storePassword } from "./password.ts";
import { type PostgresBinaries, reachablePostgres } from "./postgres-binaries.ts";
import { claimDataDirectory, findPostmaster } from "./postmaster.ts";
import { freePort, serverArguments } from "./server-settings.ts";
import { type ServerUser, serverUserFor } from "./server-user.ts";
import { type SupervisedServer, superviseServer } from "./supervised-server.ts";

export interface EmbeddedPostgresOptions {
  /**
   * The data directory; created if absent, with a file `<dataDir>.password` beside it. If this process is root and the
   * server's user cannot enter the parent, the data goes to /var/lib/embedded-postgres and `dataDir` becomes a link.
   */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1. Default: a free port. */
  readonly port?: number;
  /** Whether commits survive a crash. Default: true. Use false only for throwaway data. */
  readonly durable?: boolean;
  /**
   * Whether other processes find the server with `findRunningEmbeddedPostgres`. Default: true. Use false for short work:
   * other processes then wait until this server ends instead of losing it while they use it.
   */
  readonly shared?: boolean;
  /** PostgreSQL settings that override this package's defaults. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** The URL of a database (default: `postgres`) for the superuser, with the password. */
  url(database?: string): string;
  readonly port: number;
  /** The end of the server's log, up to 16 KiB. */
  log(): string;
  /** Stops the server and resolves when all its processes have ended. Can be called again. */
  stop(): Promise<void>;
  /** Resolves if the server ends before `stop` is called, for example after a kill. */
  readonly lost: Promise<void>;
}

const requireUsable = (dataDir: string): void => {
  mkdirSync(dirname(dataDir), { recursive: true });
  let content: string[] = [];
  try {
    content = readdirSync(dataDir);
  } catch {
    return; // absent or not readable; PostgreSQL reports the reason
  }
  if (content.length > 0 && !isInitialized(dataDir)) {
    throw new Error(`${dataDir} is not empty and is not a PostgreSQL data directory. Use another folder.`);
  }
};

/** Stores the password last: if the process is killed before that, the next start repeats the reset. */
const replacePassword = async (postgres: string, user: ServerUser, dataDir: string): Promise<string> => {
  const password = generatePassword();
  await resetPassword(postgres, realpathSync(dataDir), user, password);
  return storePassword(dataDir, password);
};

/** Creates the cluster if necessary, waits until no server runs in it, and returns its password. */
const prepareCluster = async (
  { initdb, postgres }: PostgresBinaries,
  user: ServerUser,
  dataDir: string,
  durable: boolean,
): Promise<string> => {
  removeAbandoned(dirname(dataDir));
  if (!isInitialized(dataDir)) {
    const password = storePassword(dataDir, generatePassword());
    await initializeCluster({ dataDir, initdb, user, password, durable });
  }
  await claimDataDirectory(dataDir);
  return readPassword(dataDir) ?? replacePassword(postgres, user, dataDir);
};

const START_TIMEOUT_MS = 30_000;

/** Temporary start failures: children of a killed server have not ended yet, or another process started one first. */
const TEMPORARY_FAILURE = /pre-existing shared memory block|lock file "postmaster\.pid" (already exists|is empty)/;

const startWithRetries = async (dataDir: string, start: () => Promise<SupervisedServer>): Promise<SupervisedServer> => {
  for (const deadline = Date.now() + START_TIMEOUT_MS; ; await sleep(100)) {
    await claimDataDirectory(dataDir);
    try {
      return await start();
    } catch (error) {
      if (!TEMPORARY_FAILURE.test(String(error)) || Date.now() > deadline) throw error;
    }
  }
};

/**
 * Starts a PostgreSQL server that belongs to this process, and resolves when it accepts connections. The first start
 * takes about a second, later ones a tenth of that. Signals to this process do not reach the server. The server does not
 * keep this process alive, and stops when this process ends for any reason.
 *
 * @throws Error, with PostgreSQL's message if there is one. Reasons: no binaries for this machine; another process uses
 * the data directory (an unshared server gets half a minute to end); the directory contains other files or belongs to
 * another user; the port is taken.
 * @throws RangeError for a setting that has its own option.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const { durable = true, shared = true, settings = {} } = options;
  const dataDir = resolve(options.dataDir);
  const port = options.port ?? (await freePort());
  const settingArguments = serverArguments({ port, durable, shared, settings });
  requireUsable(dataDir);
  const user = serverUserFor(dataDir);
  const binaries = reachablePostgres(user);
  const password = await prepareCluster(binaries, user, dataDir, durable);
  const command = [binaries.postgres, "-D", realpathSync(dataDir), ...settingArguments];
  const server = await startWithRetries(dataDir, () => superviseServer(dataDir, command, user));
  return {
    url: (database = "postgres") => databaseUrl(password, port, database),
    port,
    log: server.log,
    stop: server.stop,
    lost: server.lost,
  };
};

/**
 * The URL of the server that another process runs and shares in this data directory, or null if none accepts
 * connections. The server ends with its starter.
 */
export const findRunningEmbeddedPostgres = (dataDir: string, database = "postgres"): string | null => {
  const directory = resolve(dataDir);
  const server = findPostmaster(directory);
  const password = server?.ready && server.shared ? readPassword(directory) : undefined;
  return server && password !== undefined ? databaseUrl(password, server.port, database) : null;
};
