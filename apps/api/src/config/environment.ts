import { readFileSync } from "node:fs";

/** A secret that its file does not give. */
export class UnreadableSecret {
  /** With the name of the variable that names the file. */
  readonly fault: string;

  constructor(fault: string) {
    this.fault = fault;
  }
}

/** The variables that a process was started with. */
export type Environment = Readonly<Record<string, string | UnreadableSecret | undefined>>;

/** All faults of the configuration, each with the name of its variable. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is invalid:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

/** Variables that can come from a file, named by `NAME_FILE`: orchestrators mount secrets as files. */
export const SECRETS = [
  "DATABASE_URL",
  "JWT_SECRET",
  "JWT_SECRET_PREVIOUS",
  "JWT_PUBLIC_KEY",
  "API_KEY_PEPPER",
  "API_KEY_PEPPER_NEXT",
  "ENCRYPTION_KEY",
  "STRIPE_SECRET_KEY",
  "STRIPE_TEST_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
  "STRIPE_CONNECT_WEBHOOK_SECRET",
] as const;

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`names a file that cannot be read: ${(error as Error).message}`);
  }
};

const readSecret = (name: string, file: string, variables: Environment): string => {
  if (variables[name]) throw new Error(`and ${name} are both set: set only one of them`);
  const secret = readText(file);
  // An empty value counts as unset: the service would start on another database, or without a pepper.
  if (secret === "") throw new Error(`names a file that is empty: ${file}`);
  return secret;
};

/**
 * The variables, with the trimmed content of each file that a `NAME_FILE` names as `NAME`. A secret whose file is empty
 * or unreadable, or that is set twice, is an `UnreadableSecret`.
 */
export const withSecretFiles = (variables: Environment): Environment => {
  const secrets: Record<string, string | UnreadableSecret> = {};
  for (const name of SECRETS) {
    const file = variables[`${name}_FILE`];
    if (typeof file !== "string" || file === "") continue;
    try {
      secrets[name] = readSecret(name, file, variables);
    } catch (error) {
      secrets[name] = new UnreadableSecret(`${name}_FILE ${(error as Error).message}`);
    }
  }
  return { ...variables, ...secrets };
};

/** Whether the process is the script `name` of package.json, started with npm. */
export const isRunByNpm = (name: string): boolean => process.env["npm_lifecycle_event"] === name;

/** All variables. No other module reads the process's environment. */
export const environment = (): Environment => withSecretFiles(process.env);
