import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Every source and manifest of the repository by path, with its text. */
export type Workspace = ReadonlyMap<string, string>;

export const ROOT = join(import.meta.dirname, "../..");

const WANTED = /^(packages|apps)\/[^/]+\/(package\.json|(src|testing|test)\/.*\.ts)$|^package\.json$/;
const UNWANTED = new Set(["node_modules", "dist", ".git", "coverage"]);

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (UNWANTED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });

export const readWorkspace = (root = ROOT): Workspace => {
  const paths = filesIn(root).map((path) => relative(root, path).split(sep).join("/"));
  return new Map(
    paths.filter((path) => WANTED.test(path)).map((path) => [path, readFileSync(join(root, path), "utf8")]),
  );
};

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Such as `packages/domain`. */
  readonly package: string;
  /** Such as `packages/domain/src`. */
  readonly root: string;
  readonly kind: string;
}

export const sourceFiles = (workspace: Workspace): SourceFile[] =>
  [...workspace].flatMap(([path, text]) => {
    const [group, name, kind] = path.split("/");
    if (!path.endsWith(".ts") || kind === undefined) return [];
    return [{ path, text, package: `${group}/${name}`, root: `${group}/${name}/${kind}`, kind }];
  });

/** Whether a file is shipped and not a test. */
export const isShipped = ({ kind }: SourceFile): boolean => kind !== "test";
