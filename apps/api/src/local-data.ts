import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where a service without `DATABASE_URL` keeps its database and its secret: for trying it, not for production. */
export const LOCAL_DATA = resolve(".data");

export const POSTGRES_DIRECTORY = join(LOCAL_DATA, "postgres");

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

/** The secret of this data directory's admin tokens, made when there is none. Only its owner can read it. */
export const localJwtSecret = (): string => {
  const file = join(LOCAL_DATA, "jwt-secret");
  if (!existsSync(file)) {
    mkdirSync(LOCAL_DATA, { recursive: true });
    createOnce(file, randomBytes(32).toString("base64url"));
  }
  return readFileSync(file, "utf8");
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
export const isLocal = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  isUnset(environment["DATABASE_URL"]) && hasEmbeddedPostgres();

/** The environment with what a local service makes up for itself: never against a real `DATABASE_URL`. */
export const withLocalDefaults = (
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> => {
  if (!isLocal(environment)) return environment;
  const { JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL } = environment;
  const ownKeys = [JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL].some((value) => !isUnset(value));
  return { ...environment, DATABASE_URL: NOT_STARTED_YET, ...(!ownKeys && { JWT_SECRET: localJwtSecret() }) };
};
