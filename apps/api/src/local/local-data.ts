import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ENCRYPTION_KEY_BYTES } from "@payments/adapters-crypto";
import { ConfigError, type Environment } from "../config/environment.ts";
import { readConfig } from "../config/read-config.ts";
import type { Config } from "../config/sections.ts";

/** A service without `DATABASE_URL` stores its database and its secrets here: for trials, not for production. */
export const LOCAL_DATA = resolve(".data");

export const POSTGRES_DIRECTORY = join(LOCAL_DATA, "postgres");

/** Holds the URL of the running service, so that a second start can name it. */
const URL_FILE = join(LOCAL_DATA, "url");

const SECRET_FILE = join(LOCAL_DATA, "jwt-secret");

const ENCRYPTION_KEY_FILE = join(LOCAL_DATA, "encryption-key");

const exists = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EEXIST";

/** Creates the file whole or not at all. When two processes create it at once, the first one wins. */
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

/**
 * Creates the folder if it does not exist.
 * @throws ConfigError that gives the reason when the folder can't be created.
 */
export const makeLocalData = (): void => {
  try {
    mkdirSync(LOCAL_DATA, { recursive: true });
  } catch (error) {
    const reason = exists(error) ? "it exists and is not a folder" : (error as Error).message;
    throw new ConfigError([
      `DATABASE_URL is not set, and the folder ${LOCAL_DATA} can't be created for a database: ${reason}. Set DATABASE_URL, or start in a folder where it can be created.`,
    ]);
  }
};

/** The variables that are generated for the embedded database, with what follows from the loss of the file. */
const GENERATED = {
  JWT_SECRET: {
    file: SECRET_FILE,
    generate: () => randomBytes(32).toString("base64url"),
    repair:
      "does not hold a secret of at least 32 bytes: delete it, and a new one is created. Admin tokens of the old secret become invalid.",
  },
  ENCRYPTION_KEY: {
    file: ENCRYPTION_KEY_FILE,
    generate: () => randomBytes(ENCRYPTION_KEY_BYTES).toString("base64"),
    repair: `does not hold a key of ${ENCRYPTION_KEY_BYTES} bytes in base64: restore it, or delete it, and a new one is created. Secrets that the old key encrypted become unreadable.`,
  },
} as const;

type GeneratedVariable = keyof typeof GENERATED;

/** The secret in the file, created once. Only its owner can read the file. */
const localSecret = (variable: GeneratedVariable): string => {
  const { file, generate } = GENERATED[variable];
  makeLocalData();
  try {
    if (!existsSync(file)) createOnce(file, generate());
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([
      `${variable} is not set, and ${file} can't be used instead: ${(error as Error).message}. Correct that, or set ${variable}.`,
    ]);
  }
};

/** A placeholder: the database starts only after the rest of the configuration was checked. */
const NOT_STARTED_YET = "postgres://localhost/embedded";

const isUnset = (value: unknown): boolean => value === undefined || value === "";

/** An optional dependency: the container image does not contain it. */
const hasEmbeddedPostgres = (): boolean => {
  try {
    import.meta.resolve("@payments/embedded-postgres");
    return true;
  } catch {
    return false;
  }
};

/** Whether the process uses the embedded database. */
export const isLocal = (environment: Environment): boolean =>
  isUnset(environment["DATABASE_URL"]) && hasEmbeddedPostgres();

/** Names the file instead of the variable: the secret was read from the file. */
const ofTheFile = (fault: string, generated: readonly GeneratedVariable[]): string => {
  const variable = generated.find((name) => fault.startsWith(`${name} `));
  return variable === undefined ? fault : `${GENERATED[variable].file} ${GENERATED[variable].repair}`;
};

/** A developer's receiver of webhooks runs on the same machine. */
const withLoopback = <Sections extends Partial<Config>>(config: Sections): Sections =>
  config.webhooks === undefined ? config : { ...config, webhooks: { ...config.webhooks, plainHttpToLoopback: true } };

/**
 * The named sections of the configuration. With the embedded database, and only then, missing values are generated.
 * @throws ConfigError that names every fault, and the file that contains it.
 */
export const readConfigOrLocal = <Name extends keyof Config>(
  environment: Environment,
  names: readonly Name[],
): Pick<Config, Name> => {
  if (!isLocal(environment)) return readConfig(environment, names);
  const { JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL, ENCRYPTION_KEY } = environment;
  const generated: GeneratedVariable[] = [];
  if ([JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL].every(isUnset)) generated.push("JWT_SECRET");
  if (isUnset(ENCRYPTION_KEY)) generated.push("ENCRYPTION_KEY");
  const secrets = Object.fromEntries(generated.map((name) => [name, localSecret(name)]));
  try {
    return withLoopback(readConfig({ ...environment, DATABASE_URL: NOT_STARTED_YET, ...secrets }, names));
  } catch (error) {
    throw error instanceof ConfigError
      ? new ConfigError(error.faults.map((fault) => ofTheFile(fault, generated)))
      : error;
  }
};

/** Stores the URL of the service that uses the folder; null: it stops. */
export const storeUrl = (url: string | null): void => {
  if (url === null) rmSync(URL_FILE, { force: true });
  else writeFileSync(URL_FILE, url);
};

/** The URL of the service that uses the folder, or null before it listens. */
export const readUrl = (): string | null => (existsSync(URL_FILE) ? readFileSync(URL_FILE, "utf8") : null);
