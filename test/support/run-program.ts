import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lookForFurtherSecrets, lookForSecrets, watchForSecrets } from "./secrets.ts";

export const MAIN = fileURLToPath(new URL("../../apps/api/dist/main.js", import.meta.url));
export const CLI = fileURLToPath(new URL("../../apps/api/dist/cli/main.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const HANDS_OUT = /^(clients create|keys rotate|admin-token)( |$)/;

/** Looks for secrets in the output of a command. A command that hands out a key or token prints only that one. */
export const lookThroughPrinted = (args: readonly string[], printed: string): void => {
  if (HANDS_OUT.test(args.join(" "))) lookForFurtherSecrets(printed);
  else lookForSecrets(printed);
};

/** Runs a program of the built package to its end. Its environment contains only these variables. */
export const runProgram = (program: string, variables: Record<string, string>, ...args: string[]): Promise<Outcome> =>
  runProgramIn(process.cwd(), program, variables, ...args);

/** The same in another directory, where a service without `DATABASE_URL` stores its data. */
export const runProgramIn = (
  directory: string,
  program: string,
  variables: Record<string, string>,
  ...args: string[]
): Promise<Outcome> =>
  new Promise((resolve) => {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [program, ...args], { cwd: directory, env: { PATH, ...variables } });
    watchForSecrets(child.stderr);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.once("close", (code) => {
      lookThroughPrinted(program === CLI ? args : [], stdout);
      resolve({ code, stdout, stderr });
    });
  });

/** V8's reports of a process that ran with `NODE_V8_COVERAGE` set to `folder`. They name every script that it loaded. */
export const loadedScripts = async (folder: string): Promise<string> =>
  (await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")))).join();
