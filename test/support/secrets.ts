import type { Readable } from "node:stream";
import { describeFinding, findSecret, findSecretInStatement } from "../../scripts/find-secrets.mjs";

const MAX_FINDINGS = 5;
/** Text kept from the previous chunk, because a secret can arrive in two pieces. */
const OVERLAP_CHARACTERS = 4_096;

const found: string[] = [];

/**
 * Records and reports whether the text contains an API key, an admin token, a payment's client secret or a configured
 * secret.
 */
export const lookForSecrets = (text: string, find = findSecret): boolean => {
  const finding = find(text);
  if (finding === null) return false;
  const line = text.split("\n").find((one) => one.includes(finding.secret)) ?? "";
  if (found.length < MAX_FINDINGS) found.push(describeFinding({ ...finding, line }));
  return true;
};

/** Like `lookForSecrets`, for a line of a database's log of statements. */
export const lookForSecretsInStatement = (line: string): boolean => lookForSecrets(line, findSecretInStatement);

/** Like `lookForSecrets`, for the output of a command that may print one secret. */
export const lookForFurtherSecrets = (printed: string): boolean =>
  lookForSecrets(printed.replace(findSecret(printed)?.secret ?? "", ""));

/** Searches all further output. `test/support/no-secrets.ts` fails the test file if a secret is found. */
export const watchForSecrets = (...streams: readonly (Readable | null)[]): void => {
  for (const stream of streams) {
    let rest = "";
    stream?.on("data", (data: Buffer) => {
      const text = rest + data;
      rest = lookForSecrets(text) ? "" : text.slice(-OVERLAP_CHARACTERS);
    });
  }
};

/** The lines that contained a secret, without the secret. */
export const linesWithSecrets = (): readonly string[] => found;
