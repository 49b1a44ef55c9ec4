import { ConfigError } from "../../../config/config-error.ts";
import { environment } from "../../../config/environment.ts";
import { readConfigOrLocal } from "../../../local-data.ts";
import { type Check, fault, ok } from "./check.ts";

const CHECK = "admin tokens";

/** Undici wraps what went wrong; where several addresses were tried, only the code says it. */
const reasonOf = ({ message, cause }: Error): string => {
  const { message: inner, code } = (cause ?? {}) as NodeJS.ErrnoException;
  return inner || code || message;
};

const configuredKeys = () => {
  try {
    return readConfigOrLocal(environment(), ["adminTokens"]).adminTokens.keys;
  } catch (error) {
    // The check of the configuration names the fault.
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
};

/** Only where a server has the keys: the service fetches them when the first token comes. */
export const checkAdminKeys = async (): Promise<Check[]> => {
  const fetch = configuredKeys()?.fetch;
  if (fetch === undefined) return [];
  try {
    await fetch();
    return [ok(CHECK, "their key set was fetched")];
  } catch (error) {
    const advice = "Check JWT_JWKS_URL and that its server answers: without its keys no admin token is accepted.";
    return [fault(CHECK, `their key set can't be fetched: ${reasonOf(error as Error)}`, advice)];
  }
};
