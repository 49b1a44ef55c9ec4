import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { ROOT } from "../architecture/workspace.ts";
import type { Page } from "./pages.ts";

const withoutBlocks = (markdown: string): string => markdown.replace(/^ *(`{3,})[\s\S]*?^ *\1 *$/gm, "");

/** The anchor that a code host gives a heading. */
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

/** Every link to another page, file or heading of the repository that leads nowhere. */
export const brokenLinks = (pages: readonly Page[]): string[] =>
  pages.flatMap(({ path, text }) =>
    linksOf(text)
      .filter((link) => !/^[a-z]+:/i.test(link))
      .filter((link) => {
        const [file = "", anchor] = link.split("#");
        const target = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file)));
        const page = pages.find((candidate) => candidate.path === target);
        if (page === undefined) return target.startsWith("..") || !existsSync(join(ROOT, target));
        return anchor !== undefined && !anchorsOf(page.text).has(anchor);
      })
      .map((link) => `${path} links to ${link}, which does not exist`),
  );
