import { spawnSync } from "node:child_process";
import { existsSync, linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSharedIn, starterIn } from "./server-settings.ts";

/** A PostgreSQL server that runs in a data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Whether it accepts connections: it may still be starting, or already be stopping. */
  readonly ready: boolean;
  /** The process that started it through this package. */
  readonly starter: number | undefined;
  /** Whether others may use it: its starter keeps it until it ends itself. */
  readonly shared: boolean;
}

/** The command line of a process; undefined when it is gone, or is dead and only not yet collected. */
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
 * The server in this data directory, if one runs. Its pid file outlives a killed server, and the process id in
 * it may by now be anybody's: what counts is what runs under it.
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

/** Asks for a fast shutdown: no new connections, the present ones are ended, a checkpoint is written. */
export const requestShutdown = (pid: number): void => {
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // It has ended meanwhile.
  }
};

/** More than any system's highest process id. */
const NOBODY = 2_147_483_647;

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/**
 * Makes PostgreSQL see that the server which left this pid file is dead, also when its process id belongs to
 * somebody else by now. The rest of the file stays: from it PostgreSQL learns whether children of the dead server
 * are still at work. Call it when `findPostmaster` finds none.
 */
export const disownPidFile = (dataDir: string): void => {
  const lines = readPidFile(dataDir);
  if (!lines?.[0] || !exists(Number(lines[0]))) return;
  // Another process may have started a server since the caller looked.
  if (findPostmaster(dataDir)) return;
  const aside = `${pidFile(dataDir)}.${process.pid}`;
  renameSync(pidFile(dataDir), aside);
  // A server that another process started meanwhile gets its own file back.
  if (readFileSync(aside, "utf8") === lines.join("\n")) writeFileSync(aside, [NOBODY, ...lines.slice(1)].join("\n"));
  if (!existsSync(pidFile(dataDir))) linkSync(aside, pidFile(dataDir));
  rmSync(aside);
};
