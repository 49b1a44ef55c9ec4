import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@payments/embedded-postgres";
import { LOG_TO_FILES, linesOfLogs, logFolderOf } from "../../scripts/postgres-log.mjs";
import { lookForSecretsInStatement } from "./secrets.ts";

const dataDirOf = (folder: string): string => join(folder, ".data", "postgres");

/** From its next start on, the embedded PostgreSQL in the folder's `.data/` logs every statement with its parameters. */
export const logEmbedded = (folder: string): Promise<void> => {
  const lines = Object.entries(LOG_TO_FILES).map(([name, value]) => `${name} = '${value}'\n`);
  return appendFile(join(dataDirOf(folder), "postgresql.conf"), lines.join(""));
};

/** Creates an empty embedded PostgreSQL in the folder's `.data/` and applies `logEmbedded`. */
export const createLoggedEmbedded = async (folder: string): Promise<void> => {
  await (await startEmbeddedPostgres({ dataDir: dataDirOf(folder) })).stop();
  await logEmbedded(folder);
};

/** Searches the log for secrets and returns it. */
export const searchEmbeddedLog = async (folder: string): Promise<string> => {
  const lines: string[] = [];
  for await (const line of linesOfLogs(logFolderOf(dataDirOf(folder)))) lines.push(line);
  for (const line of lines) lookForSecretsInStatement(line);
  return lines.join("\n");
};
