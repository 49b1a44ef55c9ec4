import { execFile } from "node:child_process";
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
import { promisify } from "node:util";
import { openHome } from "./open-home.ts";
import { ROLE } from "./password.ts";
import { commandOf } from "./postmaster.ts";
import { canEnter, type ServerAccount } from "./server-account.ts";

export interface ClusterOptions {
  readonly dataDir: string;
  readonly initdb: string;
  readonly account: ServerAccount;
  readonly password: string;
  readonly durable: boolean;
}

export const isInitialised = (dataDir: string): boolean => existsSync(join(dataDir, "PG_VERSION"));

const WORKSPACE = /\.initdb-(\d+)-\w+$/;

/** Removes from a folder what starters left behind that were killed during their first start. */
export const removeAbandoned = (home: string): void => {
  for (const name of readdirSync(home)) {
    const starter = WORKSPACE.exec(name)?.[1];
    if (starter === undefined || commandOf(Number(starter)) !== undefined) continue;
    try {
      rmSync(join(home, name), { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Its initdb has outlived it and still writes there: the next start removes it.
    }
  }
};

const runInitdb = async (workspace: string, options: ClusterOptions): Promise<string> => {
  const { initdb, account, password, durable } = options;
  const cluster = join(workspace, "data");
  const passwordFile = join(workspace, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    for (const path of [workspace, passwordFile]) chownSync(path, account.uid, account.gid);
  }
  const args = ["-D", cluster, "-U", ROLE, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"];
  const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const sync = durable ? [] : ["--no-sync"];
  await promisify(execFile)(initdb, [...args, ...locale, ...sync], { ...account, cwd: "/", env: { LC_ALL: "C" } });
  return cluster;
};

const syncFolder = (path: string): void => {
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
};

/** One rename or one link: a data directory is there whole or not at all. */
const publish = (cluster: string, home: string, dataDir: string): void => {
  if (home === dirname(dataDir)) {
    renameSync(cluster, dataDir);
    return;
  }
  const open = mkdtempSync(join(home, `${basename(dataDir)}-`));
  renameSync(cluster, open);
  if (existsSync(dataDir)) rmdirSync(dataDir);
  symlinkSync(open, dataDir);
};

/**
 * Makes a new, empty cluster in `dataDir`. When another process makes one there at the same time, the first counts.
 * @throws Error with initdb's own words.
 */
export const initialiseCluster = async (options: ClusterOptions): Promise<void> => {
  const { dataDir, account } = options;
  const parent = dirname(dataDir);
  const home = canEnter(account, parent) ? parent : openHome();
  removeAbandoned(home);
  const workspace = mkdtempSync(join(home, `${basename(dataDir)}.initdb-${process.pid}-`));
  try {
    publish(await runInitdb(workspace, options), home, dataDir);
    if (options.durable) syncFolder(parent);
  } catch (cause) {
    if (!isInitialised(dataDir))
      throw new Error(`No PostgreSQL cluster could be made in ${dataDir}: ${cause}`, { cause });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
};
