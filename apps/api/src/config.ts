import {
  type AdminTokenKeys,
  JWT_ALGORITHMS,
  keysFromJwks,
  keysFromPublicKey,
  keysFromSecret,
} from "@payments/adapters-crypto";
import { parseApiKeyPrefix } from "@payments/domain";
import { z } from "zod";

type Environment = Readonly<Record<string, string | undefined>>;

/** Every fault of the configuration, each with the name of its variable. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

const integer = (minimum: number, maximum: number) =>
  z.string().transform((text, context) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    context.addIssue(`must be an integer from ${minimum} to ${maximum}`);
    return z.NEVER;
  });

const http = z
  .object({
    HOST: z.string().default("127.0.0.1"),
    PORT: integer(0, 65_535).default(3000),
    METRICS_PORT: integer(0, 65_535).nullable().default(null),
    API_BASE_PATH: z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)+$/, "must be a path such as /api/v1, without a slash at its end")
      .or(z.literal(""))
      .default(""),
    TRUST_PROXY: z
      .string()
      .regex(/^(true|false|\d{1,2})$/, "must be true, false or the number of proxies in front")
      .transform((text) => (text === "true" ? 1 : Number(text.replace("false", "0"))))
      .default(0),
    SHUTDOWN_TIMEOUT_MS: integer(0, 600_000).default(8_000),
  })
  .transform((set) => ({
    host: set.HOST,
    port: set.PORT,
    /** Metrics on a port of their own; null: at `/metrics`, behind the admin token. */
    metricsPort: set.METRICS_PORT,
    basePath: set.API_BASE_PATH,
    /** How many proxies in front are trusted to say whom they forward for; 0: none. */
    trustProxy: set.TRUST_PROXY,
    /** How long a stopping process waits for the requests it has begun, in milliseconds. */
    shutdownTimeoutMs: set.SHUTDOWN_TIMEOUT_MS,
  }));

const isDatabaseUrl = (text: string): boolean => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);

const database = z
  .object({
    DATABASE_URL: z.string().refine(isDatabaseUrl, "must be a URL such as postgres://user:password@host:5432/database"),
    DATABASE_POOL_SIZE: integer(2, 200).default(10),
    MIGRATE_ON_START: z.enum(["true", "false"], "must be true or false").default("true"),
  })
  .transform((set) => ({
    connectionString: set.DATABASE_URL,
    poolSize: set.DATABASE_POOL_SIZE,
    /** False: the service refuses to start on a schema that is not up to date, instead of migrating it. */
    migrateOnStart: set.MIGRATE_ON_START === "true",
  }));

const apiKeys = z
  .object({
    API_KEY_PREFIX: z
      .string()
      .default("pak_live_")
      .transform((text, context) => {
        const prefix = parseApiKeyPrefix(text);
        if (prefix.isOk()) return prefix.value;
        context.addIssue(prefix.error.detail);
        return z.NEVER;
      }),
    API_KEY_PEPPER: z.string().optional(),
    API_KEY_STORAGE: z.enum(["digest", "plaintext"], "must be digest or plaintext").default("digest"),
  })
  .transform((set) => ({
    prefix: set.API_KEY_PREFIX,
    /** Separated by commas: the first makes new digests, all are recognised. */
    peppers: set.API_KEY_PEPPER?.split(",") ?? [],
    storage: set.API_KEY_STORAGE,
  }));

const KEY_SOURCES = ["JWT_SECRET", "JWT_PUBLIC_KEY", "JWT_JWKS_URL"] as const;

const keysFrom = (source: (typeof KEY_SOURCES)[number], value: string, wanted: string | undefined): AdminTokenKeys => {
  const algorithm = JWT_ALGORITHMS.find((name) => name === wanted);
  if (source === "JWT_SECRET") return keysFromSecret(value);
  // A PEM in an environment variable often has its line breaks written out.
  if (source === "JWT_PUBLIC_KEY") return keysFromPublicKey(value.replaceAll("\\n", "\n"), algorithm);
  if (!URL.canParse(value)) throw new TypeError("must be the URL of a JSON Web Key Set");
  return keysFromJwks(new URL(value), algorithm);
};

const adminTokens = z
  .object({
    JWT_SECRET: z.string().optional(),
    JWT_PUBLIC_KEY: z.string().optional(),
    JWT_JWKS_URL: z.string().optional(),
    JWT_ALGORITHM: z.string().optional(),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
  })
  .transform((set, context) => {
    const fault = (name: string, message: string) => {
      context.addIssue({ code: "custom", path: [name], message });
      return z.NEVER;
    };
    const { JWT_ALGORITHM: algorithm, JWT_SECRET: secret } = set;
    if (algorithm !== undefined && !JWT_ALGORITHMS.some((name) => name === algorithm)) {
      fault("JWT_ALGORITHM", `must be one of ${JWT_ALGORITHMS.join(", ")}`);
    }
    const [source, another] = KEY_SOURCES.filter((name) => set[name] !== undefined);
    if (source === undefined) {
      return fault("JWT_SECRET", "is missing: set 32 random bytes or more, or set JWT_PUBLIC_KEY or JWT_JWKS_URL");
    }
    if (another !== undefined) return fault(another, `and ${source} are both set: set only one of them`);
    try {
      const keys = keysFrom(source, set[source] ?? "", algorithm);
      return { keys, secret, issuer: set.JWT_ISSUER, audience: set.JWT_AUDIENCE };
    } catch (error) {
      return fault(source, (error as Error).message);
    }
  });

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const logging = z
  .object({ LOG_LEVEL: z.enum(LOG_LEVELS, "must be a level such as info or warn").default("info") })
  .transform((set) => ({ level: set.LOG_LEVEL }));

const sections = { http, database, apiKeys, adminTokens, logging };
type Sections = typeof sections;

/** What the process needs to know, checked, by what it is about. */
export type Config = { readonly [Name in keyof Sections]: Readonly<z.infer<Sections[Name]>> };

const isSet = ([, value]: [string, string | undefined]): boolean => value !== undefined && value !== "";

/**
 * Reads the named sections of the configuration. A variable that is empty counts as not set.
 * Throws a `ConfigError` that names every fault at once.
 */
export const readConfig = <Name extends keyof Config>(
  environment: Environment,
  names: readonly Name[],
): Pick<Config, Name> => {
  const set = Object.fromEntries(Object.entries(environment).filter(isSet));
  const results = names.map((name) => ({ name, result: sections[name].safeParse(set) }));
  const faults = results.flatMap(({ result }) => result.error?.issues ?? []);
  if (faults.length > 0) {
    throw new ConfigError(
      faults.map(({ path: [variable], message }) => {
        const missing = set[String(variable)] === undefined && !message.startsWith("is missing");
        return `${String(variable)} ${missing ? "is missing" : message}`;
      }),
    );
  }
  return Object.fromEntries(results.map(({ name, result }) => [name, result.data])) as Pick<Config, Name>;
};

export const ALL_SECTIONS = Object.keys(sections) as (keyof Config)[];

/** The one place that reads the process's environment. */
export const environment = (): Environment => process.env;
