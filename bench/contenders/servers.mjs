import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isReady, startServer } from "./server-process.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** All that the API needs to be told; the rest stays at its defaults. */
const apiEnvironment = (databaseUrl) => ({
  DATABASE_URL: databaseUrl,
  JWT_SECRET: "a secret of the benchmark, used for nothing",
});

/** For loads that come from one client, or from nobody: what they cost is asked, not what is refused of them. */
export const WITHOUT_LIMITS = { RATE_LIMIT_CLIENT_REQUESTS: "0", RATE_LIMIT_FAILED_AUTHENTICATIONS: "0" };

const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const [, ...shippedArguments] = scripts.start.split(" ");
const program = shippedArguments.pop();

/** The API as it ships, with the arguments of `npm start`. */
export const startApi = (databaseUrl, { nodeArguments = [], environment = {} } = {}) =>
  startServer({
    program: path(`../../${program}`),
    environment: { ...apiEnvironment(databaseUrl), ...environment },
    nodeArguments: [...shippedArguments, ...nodeArguments],
    ready: isReady,
  });

export const startBareKoa = () => startServer({ program: path("./bare-koa-server.mjs") });

export const startBaseline = (databaseUrl) =>
  startServer({ program: path("./baseline-server.mjs"), environment: { DATABASE_URL: databaseUrl } });
