import { chmod, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../architecture/workspace.ts";

const OWN = new Set([".data", ".git"]);

/** A folder that looks like the repository, but keeps its own `.data/` and whatever the commands write. */
export interface WorkingCopy {
  readonly path: string;
  remove(): Promise<void>;
}

export const createWorkingCopy = async (): Promise<WorkingCopy> => {
  const path = await mkdtemp(join(tmpdir(), "payments-docs-"));
  // PostgreSQL runs under an account of its own where this is root.
  await chmod(path, 0o755);
  for (const name of await readdir(ROOT)) {
    if (!OWN.has(name)) await symlink(join(ROOT, name), join(path, name));
  }
  // A refused request makes curl, and with it the block, fail.
  await writeFile(join(path, ".curlrc"), "fail-with-body\n");
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 300 }) };
};
