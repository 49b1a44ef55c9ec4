import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimDataDirectory } from "./claim-data-directory.ts";
import { freePort } from "./free-port.ts";
import { initialiseCluster, isInitialised, removeAbandoned } from "./initialise-cluster.ts";
import { reachablePostgres } from "./open-home.ts";
import { databaseUrl, generatePassword, keepPassword, readPassword } from "./password.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import { resetPassword } from "./reset-password.ts";
import { type ServerAccount, serverAccountFor } from "./server-account.ts";
import { serverArguments } from "./server-settings.ts";
import { type SupervisedServer, superviseServer } from "./supervised-server.ts";

export interface EmbeddedPostgresOptions {
  /**
   * Where the data lives; made when absent. Its parent gets a file `<dataDir>.password`. Root's data goes to
   * /var/lib/embedded-postgres, with a link in this place, where the server's account can't enter the parent.
   */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1; default: a free one. */
  readonly port?: number;
  /** Default true: what is committed survives any crash. False is for throwaway tests only. */
  readonly durable?: boolean;
  /**
   * Default true: other processes find it through `findRunningEmbeddedPostgres`. False is for short work: others do
   * not use the server, which would go under them, but wait for their turn when they start one.
   */
  readonly shared?: boolean;
  /** PostgreSQL's own settings, over the defaults of this package. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** How to connect, as the superuser, to this database; default `postgres`. It holds the password. */
  url(database?: string): string;
  readonly port: number;
  /** The end of the server's log, up to 16 KiB. */
  log(): string;
  /** Stops the server in order; resolves when all its processes are gone. May be called again. */
  stop(): Promise<void>;
  /** Resolves when the server is gone though nobody called `stop`, such as after a kill; else never. */
  readonly lost: Promise<void>;
}

const requireUsable = (dataDir: string): void => {
  mkdirSync(dirname(dataDir), { recursive: true });
  let content: string[] = [];
  try {
    content = readdirSync(dataDir);
  } catch {
    return; // absent, or not ours: the server says so in its own words
  }
  if (content.length > 0 && !isInitialised(dataDir)) {
    throw new Error(`${dataDir} is not empty, and is not a PostgreSQL data directory`);
  }
};

/** Kept last: killed in between, the next start does it again. */
const replacePassword = async (postgres: string, account: ServerAccount, dataDir: string): Promise<string> => {
  const password = generatePassword();
  await resetPassword(postgres, realpathSync(dataDir), account, password);
  return keepPassword(dataDir, password);
};

/** Leaves a cluster in which no server runs, and returns its password. */
const prepareCluster = async (
  { initdb, postgres }: PostgresBinaries,
  account: ServerAccount,
  dataDir: string,
  durable: boolean,
): Promise<string> => {
  removeAbandoned(dirname(dataDir));
  if (!isInitialised(dataDir)) {
    const password = keepPassword(dataDir, generatePassword());
    await initialiseCluster({ dataDir, initdb, account, password, durable });
  }
  await claimDataDirectory(dataDir);
  return readPassword(dataDir) ?? replacePassword(postgres, account, dataDir);
};

const PATIENCE_MS = 30_000;

/**
 * Why PostgreSQL refuses to start at this moment only: after a kill -9 of the server its children need a moment to
 * notice, or another process's start was faster.
 */
const FOR_NOW = /pre-existing shared memory block|lock file "postmaster\.pid" (already exists|is empty)/;

const startInTurn = async (dataDir: string, start: () => Promise<SupervisedServer>): Promise<SupervisedServer> => {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    await claimDataDirectory(dataDir);
    try {
      return await start();
    } catch (error) {
      if (!FOR_NOW.test(String(error)) || Date.now() > deadline) throw error;
    }
  }
};

/**
 * Starts a PostgreSQL server of this process's own and resolves when it accepts connections: a second the first
 * time, a tenth of that later. The server ignores the signals meant for the process, does not keep it alive, and
 * stops by itself when it ends, however it ends.
 *
 * @throws Error, in the server's own words where it has any: no binaries for this machine, the data directory is
 * in use by a living process (which is waited for, up to half a minute, where it does not share its server), is not
 * PostgreSQL's or belongs to somebody else, the port is taken.
 * @throws RangeError for a setting that has an option of its own.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const { durable = true, shared = true, settings = {} } = options;
  const dataDir = resolve(options.dataDir);
  const port = options.port ?? (await freePort());
  const settingArguments = serverArguments({ port, durable, shared, settings });
  requireUsable(dataDir);
  const account = serverAccountFor(dataDir);
  const binaries = reachablePostgres(account);
  const password = await prepareCluster(binaries, account, dataDir, durable);
  const command = [binaries.postgres, "-D", realpathSync(dataDir), ...settingArguments];
  const server = await startInTurn(dataDir, () => superviseServer(dataDir, command, account));
  return {
    url: (database = "postgres") => databaseUrl(password, port, database),
    port,
    log: server.log,
    stop: server.stop,
    lost: server.lost,
  };
};
