import { ConfigError, type Environment, UnreadableSecret } from "./environment.ts";
import { type Config, sections } from "./sections.ts";

const isSet = ([, value]: [string, unknown]): boolean => value !== undefined && value !== "";

/** A fault that depends on other variables names them. */
const dependsOn = (message: string, variables: Iterable<string>): boolean =>
  [...variables].some((variable) => new RegExp(`\\b${variable}\\b`).test(message));

/**
 * The first fault of each variable of a section, by the variable's name. A fault of one variable keeps a section from
 * checking others, so the section is read again without the faulty variables. What depends on one of them is not a
 * fault then: it may come from the removal.
 */
const faultsOf = (name: keyof Config, set: Environment): ReadonlyMap<string, string> => {
  const faults = new Map<string, string>();
  for (;;) {
    const rest = Object.fromEntries(Object.entries(set).filter(([variable]) => !faults.has(variable)));
    const issues = sections[name].safeParse(rest).error?.issues ?? [];
    const found = issues.map(({ path: [variable], message }) => ({ variable: String(variable), message }));
    const further = found.filter(
      ({ variable, message }) => !faults.has(variable) && !dependsOn(message, faults.keys()),
    );
    if (further.length === 0) return faults;
    for (const { variable, message } of further) faults.set(variable, message);
  }
};

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
  const faulty = results.filter(({ result }) => !result.success);
  if (faulty.length > 0) {
    const faults = faulty.flatMap(({ name }) => [...faultsOf(name, set)]);
    throw new ConfigError(
      faults.map(([variable, message]) => {
        const value = set[variable];
        if (value instanceof UnreadableSecret) return value.fault;
        const missing = value === undefined && !message.startsWith("is missing");
        return `${variable} ${missing ? "is missing" : message}`;
      }),
    );
  }
  return Object.fromEntries(results.map(({ name, result }) => [name, result.data])) as Pick<Config, Name>;
};
