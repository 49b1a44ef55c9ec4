import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { binariesIn, locatePostgres, type PostgresBinaries } from "./postgres-binaries.ts";
import { canEnter, type ServerAccount } from "./server-account.ts";

/**
 * Where root keeps what the server's account must reach but can't, because the project lies in a closed folder
 * such as /root. Only root may write there, so nobody else can slip in a program or a data directory.
 */
export const openHome = (): string => {
  const home = "/var/lib/embedded-postgres";
  mkdirSync(home, { recursive: true, mode: 0o755 });
  return home;
};

/** The installed programs, or, where the account can't reach those, a copy of them that it can. */
export const reachablePostgres = (account: ServerAccount): PostgresBinaries => {
  const installed = locatePostgres();
  if (canEnter(account, binariesIn(installed).postgres)) return binariesIn(installed);
  const copy = join(openHome(), createHash("sha256").update(installed).digest("hex").slice(0, 16));
  if (!existsSync(copy)) {
    const unfinished = mkdtempSync(`${copy}-`);
    cpSync(installed, join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
    if (!existsSync(copy)) renameSync(join(unfinished, "native"), copy);
    rmSync(unfinished, { recursive: true });
  }
  return binariesIn(copy);
};
