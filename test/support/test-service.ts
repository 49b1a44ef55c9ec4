import { ALL_SECTIONS, type Config, PaymentsServer, readConfig } from "@payments/api";
import { pino } from "pino";
import { adminToken, JWT_SECRET } from "./admin-token.ts";
import { type ApiCaller, apiCaller } from "./api-caller.ts";

/** All tests come from one address, and many of them guess keys. */
const UNLIMITED = { RATE_LIMIT_FAILED_AUTHENTICATIONS: "0" };

/** The production wiring on its own port. */
export interface TestService extends ApiCaller {
  readonly url: string;
  stop(): Promise<void>;
}

export const startService = async (
  databaseUrl: string,
  variables: Record<string, string> = {},
  change: (config: Config) => Config = (config) => config,
): Promise<TestService> => {
  const environment = { DATABASE_URL: databaseUrl, JWT_SECRET, PORT: "0", ...UNLIMITED, ...variables };
  const server = new PaymentsServer(change(readConfig(environment, ALL_SECTIONS)), pino({ level: "silent" }));
  const url = await server.start();
  return { ...apiCaller(url, adminToken), url, stop: () => server.stop() };
};
