import { ConfigError, type Environment } from "./environment.ts";
import { type Config, sections } from "./sections.ts";

const isSet = ([, value]: [string, string | undefined]): boolean => value !== undefined && value !== "";

/**
 * Reads the named sections of the configuration. An empty variable counts as not set.
 * @throws ConfigError that names every fault.
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
