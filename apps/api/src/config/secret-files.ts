import { readFileSync } from "node:fs";
import { ConfigError } from "./config-error.ts";
import type { Environment } from "./environment.ts";

/** What may stand in a file of its own, which `NAME_FILE` names: orchestrators mount secrets as files. */
export const SECRETS = ["DATABASE_URL", "JWT_SECRET", "JWT_PUBLIC_KEY", "API_KEY_PEPPER"] as const;

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`names a file that cannot be read: ${(error as Error).message}`);
  }
};

const read = (name: string, file: string, environment: Environment): string => {
  if (environment[name]) throw new Error(`and ${name} are both set: set only one of them`);
  const secret = readText(file);
  // Without this the service would start as if it were not set: on a database of its own, or without a pepper.
  if (secret === "") throw new Error(`names a file that is empty: ${file}`);
  return secret;
};

/**
 * The environment with the content of each file that a `NAME_FILE` names as `NAME`, without blanks around it.
 * Throws a `ConfigError` that names every file that is empty or can't be read and every secret that is set twice.
 */
export const withSecretFiles = (environment: Environment): Environment => {
  const secrets: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of SECRETS) {
    const file = environment[`${name}_FILE`];
    if (!file) continue;
    try {
      secrets[name] = read(name, file, environment);
    } catch (error) {
      faults.push(`${name}_FILE ${(error as Error).message}`);
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return { ...environment, ...secrets };
};
