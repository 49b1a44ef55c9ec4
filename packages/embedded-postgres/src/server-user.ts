import { spawnSync } from "node:child_process";
import { type Stats, statSync } from "node:fs";

/** The system user that runs the server. Empty: the user of this process. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

const lookUp = (name: string): ServerUser | undefined => {
  const id = (flag: string): number =>
    Number.parseInt(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout ?? "", 10);
  const user = { uid: id("-u"), gid: id("-g") };
  return Number.isNaN(user.uid) || Number.isNaN(user.gid) ? undefined : user;
};

const requireOwn = (dataDir: string, owner: Stats, uid: number | undefined): ServerUser => {
  if (owner.uid !== uid) {
    throw new Error(
      `${dataDir} belongs to user ${owner.uid}, but this process runs as user ${uid}. Use another data directory.`,
    );
  }
  return {};
};

/**
 * PostgreSQL refuses to run as root. If this process is root, the owner of an existing data directory runs the server,
 * otherwise the user `postgres`, otherwise `nobody`.
 * @throws Error if this process is not root and the data directory belongs to another user.
 */
export const serverUserFor = (dataDir: string): ServerUser => {
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  if (uid !== 0) return owner ? requireOwn(dataDir, owner, uid) : {};
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = lookUp("postgres") ?? lookUp("nobody");
  if (!user) throw new Error("PostgreSQL cannot run as root. Create a system user postgres, or run as another user.");
  return user;
};

/** Whether the user may enter the folder or execute the file. */
export const canEnter = (user: ServerUser, path: string): boolean =>
  user.uid === undefined || spawnSync("test", ["-x", path], user).status === 0;
