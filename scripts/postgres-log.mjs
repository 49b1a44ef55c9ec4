// The log of a test's PostgreSQL server: what makes it hold all that was sent to the server, and what looks through it.
import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CANARY, describeFinding, findSecretInStatement } from "./find-secrets.mjs";

/**
 * Every statement with its parameters; in the long form of the ladder, which measures, only those that failed. `%d` names
 * the database, and so the run of a test file.
 */
export const LOG_SETTINGS = {
  log_statement: process.env.LADDER === "long" ? "none" : "all",
  log_parameter_max_length_on_error: "-1",
  log_line_prefix: "%m [%p] %d ",
};

const LOG_FOLDER = "log";
/** The same, into files in `logFolderOf` the data directory. */
export const LOG_TO_FILES = { ...LOG_SETTINGS, logging_collector: "on", log_directory: LOG_FOLDER };

const ENOUGH = 50;

export const logFolderOf = (dataDir) => join(dataDir, LOG_FOLDER);

/** The lines of the logs in a folder. */
export async function* linesOfLogs(folder) {
  for (const name of readdirSync(folder)) yield* createInterface({ input: createReadStream(join(folder, name)) });
}

/** Those that hold a secret: `{ kind, secret, line }`. */
export const secretsInLogs = async (folder) => {
  const found = [];
  for await (const line of linesOfLogs(folder)) {
    const secret = findSecretInStatement(line);
    if (secret && found.length < ENOUGH) found.push({ ...secret, line });
  }
  return found;
};

/** One of each kind, which a statement of the run's own puts into the log: what looks through it has to see them. */
const KEY = `planted_test_${"P".repeat(49)}`;
const TOKEN = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.${"p".repeat(43)}`;
const forms = (text) => [text, Buffer.from(text).toString("base64"), Buffer.from(text).toString("hex")];
const PLANTED = [KEY, TOKEN, `${CANARY}planted`].flatMap(forms);

/** Puts them into the log, by statements that fail. */
export const plantSecrets = async (client) => {
  for (const planted of PLANTED) await client.query("select $1::int", [planted]).catch(() => {});
};

/** @throws Error where the log holds a secret that was not planted, or does not hold all that were. */
export const expectOnlyPlanted = (found) => {
  const unseen = PLANTED.filter((planted) => !found.some(({ line }) => line.includes(planted)));
  if (unseen.length > 0) {
    throw new Error(
      `PostgreSQL's log was not looked through: of ${PLANTED.length} planted secrets ${unseen.length} were not found`,
    );
  }
  const leaked = found.filter(({ line }) => !PLANTED.some((planted) => line.includes(planted)));
  if (leaked.length === 0) return;
  const lines = leaked.map((finding) => `  ${describeFinding(finding)}`);
  throw new Error(
    `PostgreSQL's log of this run holds secrets. Where a test itself puts a plain key into SQL, it must use the database's \`unlogged\`.\n${lines.join("\n")}`,
  );
};
