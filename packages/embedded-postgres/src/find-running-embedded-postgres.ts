import { resolve } from "node:path";
import { databaseUrl, readPassword } from "./password.ts";
import { findPostmaster } from "./postmaster.ts";

/**
 * The URL of the server that another process runs and shares in this data directory, or null when none there accepts
 * connections. That server goes when its starter goes.
 */
export const findRunningEmbeddedPostgres = (dataDir: string, database = "postgres"): string | null => {
  const directory = resolve(dataDir);
  const server = findPostmaster(directory);
  const password = server?.ready && server.shared ? readPassword(directory) : undefined;
  return server && password !== undefined ? databaseUrl(password, server.port, database) : null;
};
