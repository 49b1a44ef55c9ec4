import { spawnSync } from "node:child_process";
import { existsSync, linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isSharedIn, starterIn } from "./server-settings.ts";

/** A running PostgreSQL server of a data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Whether it accepts connections. It can still be starting or already be stopping. */
  readonly ready: boolean;
  /** The process that started it with this package. */
  readonly starter: number | undefined;
  /** Whether other processes may use it. */
  readonly shared: boolean;
}

/** The command line of a process, or undefined if it has ended, also if its parent has not collected it yet. */
export const commandOf = (pid: number): string | undefined => {
  if (process.platform !== "linux") {
    return spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" }).stdout || undefined;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") || undefined;
  } catch {
    return undefined;
  }
};

const pidFile = (dataDir: string): string => join(dataDir, "postmaster.pid");

const readPidFile = (dataDir: string): string[] | undefined => {
  try {
    return readFileSync(pidFile(dataDir), "utf8").split("\n");
  } catch {
    return undefined;
  }
};

/**
 * The running server of this data directory, or undefined. A killed server leaves its pid file, and another process can
 * get its id, so the process's command line decides.
 */
export const findPostmaster = (dataDir: string): Postmaster | undefined => {
  const lines = readPidFile(dataDir);
  if (!lines) return undefined;
  const pid = Number(lines[0]);
  const command = commandOf(pid);
  if (!command?.includes(` -D ${realpathSync(dataDir)} `)) return undefined;
  const ready = lines[7]?.trim() === "ready";
  return { pid, port: Number(lines[3]), ready, starter: starterIn(command), shared: isSharedIn(command) };
};

/** Requests a fast shutdown: the server closes all connections and writes a checkpoint. */
export const requestShutdown = (pid: number): void => {
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // It has already ended.
  }
};

/** Above the highest process id of any system. */
const UNUSED_PID = 2_147_483_647;

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/**
 * Replaces the process id in the pid file of a dead server if another process has that id now, because PostgreSQL would
 * take it for the server. Keeps the rest of the file: PostgreSQL uses it to find running children of the dead server.
 * Call it when `findPostmaster` finds none.
 */
const disownPidFile = (dataDir: string): void => {
  const lines = readPidFile(dataDir);
  if (!lines?.[0] || !exists(Number(lines[0]))) return;
  // Another process can have started a server since the caller's check.
  if (findPostmaster(dataDir)) return;
  const aside = `${pidFile(dataDir)}.${process.pid}`;
  renameSync(pidFile(dataDir), aside);
  // If another process has started a server since then, restore its file.
  if (readFileSync(aside, "utf8") === lines.join("\n"))
    writeFileSync(aside, [UNUSED_PID, ...lines.slice(1)].join("\n"));
  if (!existsSync(pidFile(dataDir))) linkSync(aside, pidFile(dataDir));
  rmSync(aside);
};

/** A fast shutdown writes a checkpoint, which can be slow on a slow disk. */
const SHUTDOWN_TIMEOUT_MS = 60_000;

/** How long to wait for a server that its starter does not share. */
const TURN_TIMEOUT_MS = 30_000;

/**
 * Waits until no server runs in the data directory. Stops an orphaned server, because its supervisor may have been
 * killed too. An unshared, starting or stopping server gets up to 30 seconds.
 * @throws Error if the server is shared by a living process, was started without this package, or does not end in time.
 */
export const claimDataDirectory = async (dataDir: string): Promise<void> => {
  let stopping: number | undefined;
  for (const start = Date.now(); ; await sleep(50)) {
    const server = findPostmaster(dataDir);
    if (!server) return disownPidFile(dataDir);
    const { pid, starter } = server;
    const waitedMs = Date.now() - start;
    if (starter === undefined || commandOf(starter) !== undefined) {
      const by = starter === undefined ? "" : `, started by process ${starter}`;
      if (server.shared && server.ready) {
        throw new Error(`PostgreSQL (process ${pid}${by}) is already running in ${dataDir}`);
      }
      if (waitedMs > TURN_TIMEOUT_MS) {
        throw new Error(
          `PostgreSQL (process ${pid}${by}) is still in use in ${dataDir}. Wait for that process to end, or stop it.`,
        );
      }
      continue;
    }
    if (waitedMs > SHUTDOWN_TIMEOUT_MS) throw new Error(`PostgreSQL (process ${pid}) in ${dataDir} does not stop`);
    if (stopping !== pid) requestShutdown(pid);
    stopping = pid;
  }
};
