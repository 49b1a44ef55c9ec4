import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type StaticAsset, staticAsset } from "./static-asset.ts";

const OWN = fileURLToPath(new URL("../../assets", import.meta.url));
const SCALAR = dirname(createRequire(import.meta.url).resolve("@scalar/api-reference"));

const FILES = {
  "docs.css": join(OWN, "docs.css"),
  "docs.js": join(OWN, "docs.js"),
  "favicon.svg": join(OWN, "favicon.svg"),
  "scalar.js": join(SCALAR, "browser", "standalone.js"),
} as const;

export type DocsAssets = Readonly<Record<keyof typeof FILES, StaticAsset>>;

const load = async (): Promise<DocsAssets> => {
  const entries = Object.entries(FILES).map(async ([name, path]) => {
    const type = name.slice(name.lastIndexOf(".") + 1);
    return [name, await staticAsset(type, await readFile(path))] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as DocsAssets;
};

let loaded: Promise<DocsAssets> | undefined;

/** The files of the reference page. They are read and compressed at the first request. */
export const docsAssets = (): Promise<DocsAssets> => {
  loaded ??= load();
  return loaded;
};
