import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@payments/embedded-postgres";
import { LOG_TO_FILES, linesOfLogs, logFolderOf } from "../../scripts/postgres-log.mjs";
import { lookForSecrets } from "./secrets.ts";

const dataDirOf = (folder: string): string => join(folder, ".data", "postgres");

/** Makes the embedded PostgreSQL of a folder's `.data/` log every statement with its parameters, from its next start on. */
export const logEmbedded = (folder: string): Promise<void> => {
  const lines = Object.entries(LOG_TO_FILES).map(([name, value]) => `${name} = '${value}'\n`);
  return appendFile(join(dataDirOf(folder), "postgresql.conf"), lines.join(""));
};

/** The same for a folder in which nothing has been started yet: its database is made, and is empty. */
export const createLoggedEmbedded = async (folder: string): Promise<void> => {
  await (await startEmbeddedPostgres({ dataDir: dataDirOf(folder) })).stop();
  await logEmbedded(folder);
};

/** Looks for secrets in what it has logged since, and returns that. */
export const lookThroughEmbeddedLog = async (folder: string): Promise<string> => {
  const lines: string[] = [];
  for await (const line of linesOfLogs(logFolderOf(dataDirOf(folder)))) lines.push(line);
  for (const line of lines) lookForSecrets(line);
  return lines.join("\n");
};
