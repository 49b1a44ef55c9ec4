import { lstatSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, environment } from "../../config/environment.ts";
import { ALL_SECTIONS } from "../../config/sections.ts";
import { isLocal, LOCAL_DATA, readConfigOrLocal } from "../../local/local-data.ts";
import { type Check, fault, ok, warning } from "./check.ts";

const configuration = (): Check[] => {
  try {
    readConfigOrLocal(environment(), ALL_SECTIONS);
    return [ok("configuration", "every variable is usable")];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const advice = "Correct it in the environment of the service; this command reads the same variables.";
    return error.faults.map((finding) => fault("configuration", finding, advice));
  }
};

const node = (): Check => {
  const { node: version } = process.versions;
  return Number.parseInt(version, 10) >= 22
    ? ok("Node.js", `version ${version}`)
    : warning("Node.js", `version ${version} gets no security fixes any more`, "Change to Node.js 24.");
};

/** Only for the embedded database: with `DATABASE_URL` nothing is stored in `.data/`. */
const dataDirectory = (): Check => {
  const isExposed = (file: string): boolean =>
    ((lstatSync(join(LOCAL_DATA, file), { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;
  const exposed = ["jwt-secret", "encryption-key"].filter(isExposed);
  if (exposed.length > 0) {
    const files = exposed.map((file) => `.data/${file}`).join(" ");
    return fault(
      ".data",
      `other users of this machine can read ${exposed.join(" and ")}`,
      `Run \`chmod 600 ${files}\`. If other users have access, delete the folder: a new database and new secrets are created.`,
    );
  }
  return warning(".data", "DATABASE_URL is not set: payments are stored in .data/", "Set DATABASE_URL in production.");
};

/** Checks that need no database. */
export const checkEnvironment = (): Check[] => [
  ...configuration(),
  node(),
  ...(isLocal(environment()) ? [dataDirectory()] : []),
];

const ADMIN_TOKENS = "admin tokens";

/** Undici wraps the cause; after several addresses failed, only its code gives the reason. */
const reasonOf = ({ message, cause }: Error): string => {
  const { message: inner, code } = (cause ?? {}) as NodeJS.ErrnoException;
  return inner || code || message;
};

const configuredKeys = () => {
  try {
    return readConfigOrLocal(environment(), ["adminTokens"]).adminTokens.keys;
  } catch (error) {
    // `configuration` reports this fault.
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
};

/** Fetches the key set, as the service does for the first admin token. */
export const checkAdminKeys = async (): Promise<Check[]> => {
  const fetch = configuredKeys()?.fetch;
  if (fetch === undefined) return [];
  try {
    await fetch();
    return [ok(ADMIN_TOKENS, "the key set was fetched")];
  } catch (error) {
    const advice = "Check JWT_JWKS_URL and that its server answers: without its keys no admin token is accepted.";
    return [fault(ADMIN_TOKENS, `the key set can't be fetched: ${reasonOf(error as Error)}`, advice)];
  }
};
