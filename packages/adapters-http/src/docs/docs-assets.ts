import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export interface DocsAsset {
  readonly type: "css" | "js" | "png";
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

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

const loaded = new Map<string, DocsAsset>();

/** A file that the reference page loads; undefined where there is none of this name. Read once, when first asked for. */
export const docsAsset = (name: string): DocsAsset | undefined => {
  if (!Object.hasOwn(FILES, name)) return undefined;
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const plain = readFileSync(FILES[name as keyof typeof FILES]);
  const asset: DocsAsset = {
    type: name.slice(name.lastIndexOf(".") + 1) as DocsAsset["type"],
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
    plain,
    gzipped: gzipSync(plain),
  };
  loaded.set(name, asset);
  return asset;
};
