// How the pinned pnpm is run: the installed one where it is that version, else through npx.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Command and first arguments. */
export const pnpmCommand = () => {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const pinned = JSON.parse(manifest).packageManager.replace(/\+.*/, "");
  // Asked outside the repository: inside it, a pnpm of another version first tries to fetch the pinned one.
  const env = { ...process.env, COREPACK_ENABLE_NETWORK: "0" };
  const shell = process.platform === "win32";
  const found = spawnSync("pnpm", ["--version"], { encoding: "utf8", cwd: "/", env, shell });
  const same = found.status === 0 && `pnpm@${found.stdout.trim()}` === pinned;
  return same ? ["pnpm"] : ["npx", "--yes", "--prefer-offline", pinned];
};
