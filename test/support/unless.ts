import { spawnSync } from "node:child_process";
import { describe, it } from "@jest/globals";

/** Undefined where the machine has the program, else a reason to skip what needs it. */
export const missingProgram = (command: string): string | undefined =>
  spawnSync(command, ["--version"]).status === 0 ? undefined : `${command} is not installed`;

const skipped = (title: string, reason: string): string => `${title} (skipped: ${reason})`;

type Declare<Body> = (title: string, body: Body, timeoutMs?: number) => void;

/** `it`, or with a reason a skipped test that names it. `npm test` lists the reasons, and fails without one. */
export const itUnless = (reason: string | undefined): Declare<() => void | Promise<void>> =>
  reason === undefined ? it : (title, test, timeoutMs) => it.skip(skipped(title, reason), test, timeoutMs);

/** The same for a group of tests. */
export const describeUnless = (reason: string | undefined): Declare<() => void> =>
  reason === undefined ? describe : (title, tests) => describe.skip(skipped(title, reason), tests);
