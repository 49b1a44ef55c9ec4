import { chmod, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../architecture/workspace.ts";

const OWN = new Set([".data", ".git"]);

/** A folder with the repository's content, but its own `.data/` and its own files of commands. */
export interface WorkingCopy {
  readonly path: string;
  remove(): Promise<void>;
}

export const createWorkingCopy = async (): Promise<WorkingCopy> => {
  const path = await mkdtemp(join(tmpdir(), "payments-docs-"));
  // If this process is root, another user runs PostgreSQL.
  await chmod(path, 0o755);
  for (const name of await readdir(ROOT)) {
    if (!OWN.has(name)) await symlink(join(ROOT, name), join(path, name));
  }
  // A request with an error status makes curl and its block fail.
  await writeFile(join(path, ".curlrc"), "fail-with-body\n");
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 300 }) };
};
