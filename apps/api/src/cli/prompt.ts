import { createInterface } from "node:readline/promises";
import { CommandFailed, EXIT } from "../errors/command-failed.ts";
import { wrapped } from "../terminal/wrap.ts";
import type { YesOption } from "./options.ts";

const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks on the terminal. Ctrl-C and Ctrl-D end the command before it changes anything. */
const ask = async (question: string): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<never>((_, reject) => {
    terminal.once("close", () => reject(new CommandFailed("\nNothing was changed.")));
  });
  try {
    return (await Promise.race([terminal.question(wrapped(question, process.stderr)), closed])).trim();
  } finally {
    closed.catch(() => {});
    terminal.close();
  }
};

/**
 * Resolves once `--yes` or the user confirms.
 * @throws CommandFailed without a confirmation, and where there is no terminal and no `--yes`.
 */
export const confirm = async (consequence: string, { yes }: YesOption): Promise<void> => {
  if (yes) return;
  if (!canAsk()) throw new CommandFailed(`${consequence} There is no terminal to ask on: add --yes.`, EXIT.usage);
  const answer = await ask(`${consequence} Continue? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new CommandFailed("Nothing was changed.");
};

/** The option's value, or else what the user types. */
export const valueOrAsk = async (value: string | undefined, option: string, question: string): Promise<string> => {
  if (value !== undefined) return value;
  if (!canAsk()) throw new CommandFailed(`${option} is missing, and there is no terminal to ask on.`, EXIT.usage);
  return ask(question);
};
