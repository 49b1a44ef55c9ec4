import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { ROOT } from "../architecture/workspace.ts";

/** A Markdown page: its path from the repository's root and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

const UNWANTED = new Set(["node_modules", "dist", ".git", ".data", "coverage"]);

const markdownIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (UNWANTED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });

/** All pages of the repository. */
export const readPages = (): Page[] =>
  markdownIn(ROOT)
    .map((path) => ({ path: relative(ROOT, path).split(sep).join("/"), text: readFileSync(path, "utf8") }))
    .sort((a, b) => a.path.localeCompare(b.path));

/** Whether the tests run the page's commands: README.md and all of docs/. */
export const isManual = ({ path }: Page): boolean => path === "README.md" || path.startsWith("docs/");
