import type { Readable } from "node:stream";
import { describeFinding, findSecret } from "../../scripts/find-secrets.mjs";

const ENOUGH = 5;
/** A secret may arrive in two pieces. */
const LONGEST = 4_096;

const found: string[] = [];

/** Remembers that a process wrote an API key, an admin token or a configured secret, if this text shows one. */
export const lookForSecrets = (text: string): boolean => {
  const finding = findSecret(text);
  if (finding === null) return false;
  const line = text.split("\n").find((one) => one.includes(finding.secret)) ?? "";
  if (found.length < ENOUGH) found.push(describeFinding({ ...finding, line }));
  return true;
};

/** The same of what a command prints for whoever asked for one secret: all but that one. */
export const lookForFurtherSecrets = (printed: string): boolean =>
  lookForSecrets(printed.replace(findSecret(printed)?.secret ?? "", ""));

/** Looks through all that comes from now on. `test/support/no-secrets.ts` fails the test file where there is one. */
export const watchForSecrets = (...streams: readonly (Readable | null)[]): void => {
  for (const stream of streams) {
    let rest = "";
    stream?.on("data", (data: Buffer) => {
      const text = rest + data;
      rest = lookForSecrets(text) ? "" : text.slice(-LONGEST);
    });
  }
};

/** The lines that one was seen in, without it. */
export const linesWithSecrets = (): readonly string[] => found;
