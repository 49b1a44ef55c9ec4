import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { watchForSecrets } from "../../../../test/support/secrets.ts";

export const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
export const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the built package to its end, in an environment that holds these variables alone. */
export const runProgram = (program: string, variables: Record<string, string>, ...args: string[]): Promise<Outcome> =>
  runProgramIn(process.cwd(), program, variables, ...args);

/** The same in another directory: there lies what a service without `DATABASE_URL` keeps. */
export const runProgramIn = (
  directory: string,
  program: string,
  variables: Record<string, string>,
  ...args: string[]
): Promise<Outcome> =>
  new Promise((resolve) => {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [program, ...args], { cwd: directory, env: { PATH, ...variables } });
    // What the command line prints is for whoever asked for it: a key, or a token.
    watchForSecrets(child.stderr, program === CLI ? null : child.stdout);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
