// What the installed packages and the build were made from, as digests: equal digests, nothing to do.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const digest = (parts) => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/** The workspace's packages, as folders relative to the root. */
export const packageFolders = (root) =>
  ["packages", "apps"]
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
    .filter((folder) => existsSync(join(root, folder, "package.json")));

export const manifestFingerprint = (root) => {
  const manifests = ["", ...packageFolders(root)].map((folder) => join(folder, "package.json"));
  return digest(
    ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.cjs", ...manifests].map((file) =>
      readFileSync(join(root, file), "utf8"),
    ),
  );
};

const sourcesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

const compilerSettingsIn = (folder) =>
  readdirSync(folder)
    .filter((name) => /^(tsconfig\.?.*|package)\.json$/.test(name))
    .map((name) => join(folder, name));

/** By time and size of each file: reading them all would take longer than the compiler's own check. */
export const sourceFingerprint = (root) => {
  const folders = packageFolders(root).map((folder) => join(root, folder));
  const files = [
    ...[root, ...folders].flatMap(compilerSettingsIn),
    ...folders.flatMap((folder) => [...sourcesIn(join(folder, "src")), ...sourcesIn(join(folder, "testing"))]),
  ];
  return digest(files.map((file) => [file, statSync(file).mtimeMs, statSync(file).size]));
};
