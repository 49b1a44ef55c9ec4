import { ConfigError } from "./config-error.ts";
import type { Environment } from "./environment.ts";
import { type Config, sections } from "./sections.ts";

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
