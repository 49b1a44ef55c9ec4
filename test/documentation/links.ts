import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { ROOT } from "../architecture/workspace.ts";
import type { Page } from "./pages.ts";

const withoutBlocks = (markdown: string): string => markdown.replace(/^ *(`{3,})[\s\S]*?^ *\1 *$/gm, "");

/** The anchor of a heading on a code host. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

const anchorsOf = (markdown: string): Set<string> => {
  const text = withoutBlocks(markdown);
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  const explicit = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = ""]) => id);
  return new Set([...headings, ...explicit]);
};

const linksOf = (markdown: string): string[] =>
  [...withoutBlocks(markdown).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target = ""]) => target);

const targetOf = (path: string, link: string): string => {
  const [file = ""] = link.split("#");
  return file === "" ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file)));
};

const isInternal = (link: string): boolean => !/^[a-z]+:/i.test(link);

/** Pages that links from README.md do not reach. A link to a folder reaches all its pages. */
export const unreachable = (pages: readonly Page[]): string[] => {
  const found = new Set(["README.md"]);
  // Iterating over a set includes items added meanwhile.
  for (const path of found) {
    const links = linksOf(pages.find((page) => page.path === path)?.text ?? "").filter(isInternal);
    for (const target of links.map((link) => targetOf(path, link))) {
      for (const page of pages) {
        if (page.path === target || (target.endsWith("/") && page.path.startsWith(target))) found.add(page.path);
      }
    }
  }
  return pages.map(({ path }) => path).filter((path) => !found.has(path));
};

/** Every broken link to a page, file or heading of the repository. */
export const brokenLinks = (pages: readonly Page[]): string[] =>
  pages.flatMap(({ path, text }) =>
    linksOf(text)
      .filter(isInternal)
      .filter((link) => {
        const anchor = link.split("#")[1];
        const target = targetOf(path, link);
        const page = pages.find((candidate) => candidate.path === target);
        if (page === undefined) return target.startsWith("..") || !existsSync(join(ROOT, target));
        return anchor !== undefined && !anchorsOf(page.text).has(anchor);
      })
      .map((link) => `${path} links to ${link}, which does not exist`),
  );
