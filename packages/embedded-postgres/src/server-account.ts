import { spawnSync } from "node:child_process";
import { type Stats, statSync } from "node:fs";

/** Whom the server runs as; empty means as this process. */
export interface ServerAccount {
  readonly uid?: number;
  readonly gid?: number;
}

const lookUp = (user: string): ServerAccount | undefined => {
  const id = (flag: string): number =>
    Number.parseInt(spawnSync("id", [flag, user], { encoding: "utf8" }).stdout ?? "", 10);
  const account = { uid: id("-u"), gid: id("-g") };
  return Number.isNaN(account.uid) || Number.isNaN(account.gid) ? undefined : account;
};

const requireOwn = (dataDir: string, owner: Stats, uid: number | undefined): ServerAccount => {
  if (owner.uid !== uid) throw new Error(`${dataDir} belongs to user ${owner.uid}, this process runs as user ${uid}`);
  return {};
};

/**
 * PostgreSQL refuses to run as root, so root hands it to whoever owns the data directory already, else to the
 * account `postgres`, else to `nobody`, which every system has.
 * @throws Error when an ordinary user asks for another user's data directory.
 */
export const serverAccountFor = (dataDir: string): ServerAccount => {
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  if (uid !== 0) return owner ? requireOwn(dataDir, owner, uid) : {};
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const account = lookUp("postgres") ?? lookUp("nobody");
  if (!account) throw new Error("Running as root, and there is no account (postgres, nobody) to run PostgreSQL as");
  return account;
};

/** Whether the account may enter the folder or execute the file. */
export const canEnter = (account: ServerAccount, path: string): boolean =>
  account.uid === undefined || spawnSync("test", ["-x", path], account).status === 0;
