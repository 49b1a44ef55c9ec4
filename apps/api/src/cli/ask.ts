import { createInterface } from "node:readline/promises";
import { CommandFailed, EXIT } from "../exit-code.ts";

export interface YesOption {
  readonly yes?: boolean;
}

export const YES_OPTION = ["-y, --yes", "do it without asking"] as const;

const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** What the person at the terminal answers. Ctrl-C and Ctrl-D end the command before anything is changed. */
const ask = async (question: string): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new Promise<never>((_, reject) => {
    terminal.once("close", () => reject(new CommandFailed("\nNothing was changed.")));
  });
  try {
    return (await Promise.race([terminal.question(question), left])).trim();
  } finally {
    left.catch(() => {});
    terminal.close();
  }
};

/** Goes on once `--yes` or a person says so. Where there is nobody to ask, it fails without `--yes`. */
export const confirm = async (consequence: string, { yes }: YesOption): Promise<void> => {
  if (yes) return;
  if (!canAsk()) throw new CommandFailed(`${consequence} There is no terminal to ask on: add --yes.`, EXIT.usage);
  const answer = await ask(`${consequence} Go on? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new CommandFailed("Nothing was changed.");
};

/** An option's value, or what a person at the terminal says in its place. */
export const valueOrAsk = async (value: string | undefined, option: string, question: string): Promise<string> => {
  if (value !== undefined) return value;
  if (!canAsk()) throw new CommandFailed(`${option} is missing, and there is no terminal to ask on.`, EXIT.usage);
  return ask(question);
};
