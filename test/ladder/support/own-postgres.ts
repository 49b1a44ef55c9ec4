import { chmodSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@payments/embedded-postgres";
import { describeFinding } from "../../../scripts/find-secrets.mjs";
import { LOG_TO_FILES, logFolderOf, secretsInLogs } from "../../../scripts/postgres-log.mjs";

/** `SIGKILL` is a crash. `SIGQUIT` is PostgreSQL's immediate shutdown. */
export type Death = "SIGKILL" | "SIGQUIT";

/** A durable PostgreSQL server that a test can kill. It keeps its data directory and port. */
export interface OwnPostgres {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Resolves when all its processes have ended. */
  die(death: Death): Promise<void>;
  /** Resolves when it accepts connections. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Stops it normally. Throws if its log contains a secret. */
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A new folder for data directories that PostgreSQL's system user can enter. */
export const dataFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "payments-ladder-"));
  chmodSync(folder, 0o755);
  return folder;
};

export const startOwnPostgres = async (
  dataDir = join(dataFolder(), "data"),
  own: Readonly<Record<string, string>> = {},
): Promise<OwnPostgres> => {
  const settings = { ...LOG_TO_FILES, ...own };
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, settings });
  const { port } = server;
  const stop = async (): Promise<void> => {
    await server.stop();
    if (!existsSync(dataDir)) return; // already removed
    const secrets = (await secretsInLogs(logFolderOf(dataDir))).map(describeFinding);
    if (secrets.length > 0) throw new Error(`PostgreSQL's log contains secrets:\n${secrets.join("\n")}`);
  };
  return {
    url: server.url(),
    port,
    dataDir,
    die: async (death) => {
      const pid = Number(readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n")[0]);
      process.kill(pid, death);
      while (isAlive(pid)) await sleep(5);
      await server.stop();
    },
    restart: async (others = own) => {
      server = await startEmbeddedPostgres({ dataDir, port, settings: { ...LOG_TO_FILES, ...others } });
    },
    stop,
    remove: async () => {
      try {
        await stop();
      } finally {
        await rm(join(dataDir, ".."), { recursive: true, force: true, maxRetries: 10 });
      }
    },
  };
};
