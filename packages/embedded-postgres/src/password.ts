import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** The superuser of the cluster, and the one role it has. */
export const ROLE = "payments";

const fileFor = (dataDir: string): string => `${dataDir}.password`;

export const generatePassword = (): string => randomBytes(24).toString("base64url");

const hasCode = (error: unknown, code: string): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === code;

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
};

/**
 * The password kept beside the data directory, or undefined when there is none.
 * @throws Error when its file is there and holds none.
 */
export const readPassword = (dataDir: string): string | undefined => {
  const password = read(fileFor(dataDir));
  if (password === "") throw new Error(`${fileFor(dataDir)} is empty: delete it, and a new password is made`);
  return password;
};

/**
 * Keeps the password beside the data directory, readable by its owner alone, and returns the one that is kept:
 * that of another process, if it was first.
 */
export const keepPassword = (dataDir: string, password: string): string => {
  const unfinished = `${fileFor(dataDir)}.${process.pid}`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, `${password}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(unfinished, fileFor(dataDir)); // whole or not at all, and never over another
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(unfinished);
  }
  return readPassword(dataDir) ?? password;
};

export const databaseUrl = (password: string, port: number, database: string): string =>
  `postgres://${ROLE}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
