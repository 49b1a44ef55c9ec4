import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type StaticAsset, staticAsset } from "./static-asset.ts";

const OWN = fileURLToPath(new URL("../../assets", import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const FILES = {
  "code-samples.js": join(OWN, "code-samples.js"),
  "docs.css": join(OWN, "docs.css"),
  "docs.js": join(OWN, "docs.js"),
  "favicon.png": join(SWAGGER_UI, "favicon-32x32.png"),
  "swagger-ui.css": join(SWAGGER_UI, "swagger-ui.css"),
  "swagger-ui-bundle.js": join(SWAGGER_UI, "swagger-ui-bundle.js"),
} as const;

const loaded = new Map<string, StaticAsset>();

/** A file of the reference page. It is read on its first request. */
export const docsAsset = (name: string): StaticAsset | undefined => {
  if (!Object.hasOwn(FILES, name)) return undefined;
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const content = readFileSync(FILES[name as keyof typeof FILES]);
  const asset = staticAsset(name.slice(name.lastIndexOf(".") + 1), content);
  loaded.set(name, asset);
  return asset;
};
