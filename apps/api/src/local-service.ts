import { issueAdminToken } from "@payments/adapters-crypto";
import type { Config } from "./config.ts";
import { POSTGRES_DIRECTORY } from "./local-data.ts";
import { welcome } from "./welcome.ts";

export interface LocalDatabase {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Starts the embedded PostgreSQL, saying so on a terminal. */
export const startLocalDatabase = async (): Promise<LocalDatabase> => {
  if (process.stdout.isTTY) console.log("DATABASE_URL is not set: starting a PostgreSQL of its own in .data/ ...");
  const { startEmbeddedPostgres } = await import("@payments/embedded-postgres");
  const server = await startEmbeddedPostgres({ dataDir: POSTGRES_DIRECTORY });
  return { connectionString: server.url(), stop: () => server.stop() };
};

const LIFETIME_SECONDS = 12 * 3_600;

/** Greets whoever started a local service. Nothing is said where the tokens come from elsewhere. */
export const greet = async (url: string, { secret, issuer, audience }: Config["adminTokens"]): Promise<void> => {
  if (secret === undefined) return;
  const now = new Date();
  const token = await issueAdminToken({
    secret,
    subject: "local",
    lifetimeSeconds: LIFETIME_SECONDS,
    issuer,
    audience,
    now,
  });
  console.log(welcome(url, token, "12 hours"));
};
