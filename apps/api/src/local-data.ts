import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError } from "./config/config-error.ts";
import type { Environment } from "./config/environment.ts";
import { readConfig } from "./config/read-config.ts";
import type { Config } from "./config/sections.ts";

/** Where a service without `DATABASE_URL` keeps its database and its secret: for trying it, not for production. */
export const LOCAL_DATA = resolve(".data");

export const POSTGRES_DIRECTORY = join(LOCAL_DATA, "postgres");

const SECRET_FILE = join(LOCAL_DATA, "jwt-secret");

const exists = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EEXIST";

/** A file appears whole or not at all, and of two processes that make it at once, one wins. */
const createOnce = (file: string, content: string): void => {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!exists(error)) throw error;
  } finally {
    unlinkSync(draft);
  }
};

/** Makes the folder where there is none. Throws a `ConfigError` that says why it can't be made. */
export const makeLocalData = (): void => {
  try {
    mkdirSync(LOCAL_DATA, { recursive: true });
  } catch (error) {
    const reason = exists(error) ? "it is there and is not a folder" : (error as Error).message;
    throw new ConfigError([
      `DATABASE_URL is not set, and the folder ${LOCAL_DATA} can't be made for a database: ${reason}. Set DATABASE_URL, or start from a folder where it can be made.`,
    ]);
  }
};

/** The secret of this data directory's admin tokens, made when there is none. Only its owner can read it. */
const localJwtSecret = (): string => {
  makeLocalData();
  try {
    if (!existsSync(SECRET_FILE)) createOnce(SECRET_FILE, randomBytes(32).toString("base64url"));
    return readFileSync(SECRET_FILE, "utf8");
  } catch (error) {
    throw new ConfigError([
      `JWT_SECRET is not set, and ${SECRET_FILE} can't be used in its place: ${(error as Error).message}. Mend that, or set JWT_SECRET.`,
    ]);
  }
};

/** Stands in for the address of a database that is started only after the rest of the configuration proved good. */
const NOT_STARTED_YET = "postgres://localhost/embedded";

const isUnset = (value: string | undefined): boolean => value === undefined || value === "";

/** It is an optional dependency: the container image, for one, comes without it. */
const hasEmbeddedPostgres = (): boolean => {
  try {
    import.meta.resolve("@payments/embedded-postgres");
    return true;
  } catch {
    return false;
  }
};

/** Whether the environment leaves the database to us, and we have one. */
export const isLocal = (environment: Environment): boolean =>
  isUnset(environment["DATABASE_URL"]) && hasEmbeddedPostgres();

/** What is wrong with the secret that was read from the file is told of the file, with the way out. */
const ofTheFile = (fault: string): string =>
  fault.startsWith("JWT_SECRET ")
    ? `${SECRET_FILE} does not hold a secret of at least 32 bytes: delete it, and a new one is made. Admin tokens made with the old one end.`
    : fault;

/**
 * The named sections of the configuration, with what a local service makes up for itself: never against a real
 * `DATABASE_URL`. Throws a `ConfigError` that names every fault, and the file that one lies in.
 */
export const readConfigOrLocal = <Name extends keyof Config>(
  environment: Environment,
  names: readonly Name[],
): Pick<Config, Name> => {
  if (!isLocal(environment)) return readConfig(environment, names);
  const { JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL } = environment;
  const withDatabase = { ...environment, DATABASE_URL: NOT_STARTED_YET };
  const ownKeys = [JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL].some((value) => !isUnset(value));
  if (ownKeys) return readConfig(withDatabase, names);
  try {
    return readConfig({ ...withDatabase, JWT_SECRET: localJwtSecret() }, names);
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(error.faults.map(ofTheFile)) : error;
  }
};
