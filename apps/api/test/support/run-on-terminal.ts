import { spawn } from "node:child_process";
import { CLI, lookThroughPrinted } from "../../../../test/support/run-program.ts";
import { missingProgram } from "../../../../test/support/unless.ts";

/** util-linux's `script` gives a program a terminal. */
export const noTerminal = missingProgram("script");

export interface TerminalOutcome {
  readonly code: number | null;
  /** The program's stdout and stderr, and the echo of the typed answers. */
  readonly screen: string;
}

/** Runs a command on a terminal. Each of `answers` is typed once the screen shows its key. No `columns`: unlimited. */
export const runOnTerminal = (
  variables: Readonly<Record<string, string>>,
  args: readonly string[],
  answers: Readonly<Record<string, string>> = {},
  columns = 0,
): Promise<TerminalOutcome> =>
  new Promise((resolve) => {
    const { PATH = "" } = process.env;
    const program = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(" ");
    const command = columns === 0 ? program : `stty cols ${columns}; ${program}`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { PATH, TERM: "xterm", SHELL: "/bin/sh", ...variables },
    });
    const waiting = new Map(Object.entries(answers));
    let screen = "";
    child.stdout.on("data", (data) => {
      screen += data;
      for (const [question, answer] of waiting) {
        if (screen.includes(question) && waiting.delete(question)) child.stdin.write(answer);
      }
    });
    child.once("close", (code) => {
      lookThroughPrinted(args, screen);
      resolve({ code, screen });
    });
  });
