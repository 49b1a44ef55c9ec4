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

/** From the token on its own line to the token in the command that can be pasted. */
const GREETING = /^(Admin token, valid for [^\n]*:\n)(\S+)(\n+Create a first client [^\n]*\n[^\n]*Bearer )\2/m;

/** The same of what a service without a database or a configuration wrote: all but the token of its greeting. */
export const lookBesideGreeting = (output: string): boolean => lookForSecrets(output.replace(GREETING, "$1$3"));

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
