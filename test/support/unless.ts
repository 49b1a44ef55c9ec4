import { spawnSync } from "node:child_process";
import { describe, it } from "@jest/globals";

/** The reason to skip a test that needs the program, or undefined if it is installed. */
export const missingProgram = (command: string): string | undefined =>
  spawnSync(command, ["--version"]).status === 0 ? undefined : `${command} is not installed`;

const skipped = (title: string, reason: string): string => `${title} (skipped: ${reason})`;

type Declare<Body> = (title: string, body: Body, timeoutMs?: number) => void;

/** `it`, or `it.skip` with the reason in the title. `npm test` lists the reasons and fails for a skip without one. */
export const itUnless = (reason: string | undefined): Declare<() => void | Promise<void>> =>
  reason === undefined ? it : (title, test, timeoutMs) => it.skip(skipped(title, reason), test, timeoutMs);

/** `describe`, or `describe.skip` with the reason in the title. */
export const describeUnless = (reason: string | undefined): Declare<() => void> =>
  reason === undefined ? describe : (title, tests) => describe.skip(skipped(title, reason), tests);
