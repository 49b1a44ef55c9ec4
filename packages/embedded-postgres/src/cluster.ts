import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { ROLE } from "./password.ts";
import { sharedFolder } from "./postgres-binaries.ts";
import { commandOf } from "./postmaster.ts";
import { canEnter, type ServerUser } from "./server-user.ts";

export interface ClusterOptions {
  readonly dataDir: string;
  readonly initdb: string;
  readonly user: ServerUser;
  readonly password: string;
  readonly durable: boolean;
}

export const isInitialized = (dataDir: string): boolean => existsSync(join(dataDir, "PG_VERSION"));

const WORKSPACE = /\.initdb-(\d+)-\w+$/;

/** Removes the workspaces of processes that were killed during their first start. */
export const removeAbandoned = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const starter = WORKSPACE.exec(name)?.[1];
    if (starter === undefined || commandOf(Number(starter)) !== undefined) continue;
    try {
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Its initdb is still running and writing. The next start removes the workspace.
    }
  }
};

const runInitdb = async (workspace: string, options: ClusterOptions): Promise<string> => {
  const { initdb, user, password, durable } = options;
  const cluster = join(workspace, "data");
  const passwordFile = join(workspace, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) {
    for (const path of [workspace, passwordFile]) chownSync(path, user.uid, user.gid);
  }
  const args = ["-D", cluster, "-U", ROLE, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"];
  const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const sync = durable ? [] : ["--no-sync"];
  await promisify(execFile)(initdb, [...args, ...locale, ...sync], { ...user, cwd: "/", env: { LC_ALL: "C" } });
  return cluster;
};

const syncFolder = (path: string): void => {
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
};

/** Publishes the cluster with one rename or one link, so that a data directory is never incomplete. */
const publish = (cluster: string, folder: string, dataDir: string): void => {
  if (folder === dirname(dataDir)) {
    renameSync(cluster, dataDir);
    return;
  }
  const target = mkdtempSync(join(folder, `${basename(dataDir)}-`));
  renameSync(cluster, target);
  if (existsSync(dataDir)) rmdirSync(dataDir);
  symlinkSync(target, dataDir);
};

/**
 * Creates an empty cluster in `dataDir`. If another process creates one there at the same time, the first one wins.
 * @throws Error with initdb's message.
 */
export const initializeCluster = async (options: ClusterOptions): Promise<void> => {
  const { dataDir, user } = options;
  const parent = dirname(dataDir);
  const folder = canEnter(user, parent) ? parent : sharedFolder();
  removeAbandoned(folder);
  const workspace = mkdtempSync(join(folder, `${basename(dataDir)}.initdb-${process.pid}-`));
  try {
    publish(await runInitdb(workspace, options), folder, dataDir);
    if (options.durable) syncFolder(parent);
  } catch (cause) {
    if (!isInitialized(dataDir))
      throw new Error(`Cannot create a PostgreSQL cluster in ${dataDir}: ${cause}`, { cause });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
};

/**
 * Sets a new password in a stopped cluster after its password file was lost, with PostgreSQL's single-user mode.
 * @throws Error with the server's message.
 */
export const resetPassword = async (
  postgres: string,
  dataDir: string,
  user: ServerUser,
  password: string,
): Promise<void> => {
  const args = ["--single", "-D", dataDir, "-c", "exit_on_error=on", "postgres"];
  const server = spawn(postgres, args, {
    ...user,
    cwd: "/",
    env: { LC_ALL: "C" },
    stdio: ["pipe", "ignore", "pipe"],
  });
  server.stdin.on("error", () => {}); // the server has ended, which its exit code tells
  server.stdin.end(`ALTER ROLE ${ROLE} PASSWORD '${password}'\n`);
  const [log, [status]] = await Promise.all([text(server.stderr), once(server, "exit")]);
  if (status !== 0) throw new Error(`Cannot replace the lost password of ${dataDir}:\n${log}`);
};
