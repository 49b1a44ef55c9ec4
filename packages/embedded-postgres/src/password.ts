import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** The cluster's superuser and only role. */
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
 * The password stored beside the data directory, or undefined if there is no password file.
 * @throws Error if the file is empty.
 */
export const readPassword = (dataDir: string): string | undefined => {
  const password = read(fileFor(dataDir));
  if (password === "") throw new Error(`${fileFor(dataDir)} is empty. Delete it to get a new password.`);
  return password;
};

/**
 * Stores the password beside the data directory, readable only by its owner. If another process has stored one, returns
 * that password.
 */
export const storePassword = (dataDir: string, password: string): string => {
  const unfinished = `${fileFor(dataDir)}.${process.pid}`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, `${password}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(unfinished, fileFor(dataDir)); // atomic, and never replaces an existing file
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(unfinished);
  }
  return readPassword(dataDir) ?? password;
};

export const databaseUrl = (password: string, port: number, database: string): string =>
  `postgres://${ROLE}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
