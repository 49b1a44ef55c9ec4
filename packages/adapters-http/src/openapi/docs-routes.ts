import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";
import { docsAsset } from "./docs-assets.ts";
import { docsPage } from "./docs-page.ts";
import { openApiDocument } from "./document.ts";
import { type StaticAsset, sendAsset, staticAsset } from "./static-asset.ts";

/** The page loads from this service only. Images in the styles are data URLs. */
export const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const readDocs = (basePath: string) => {
  const page = staticAsset("html", docsPage(basePath));
  return (ctx: Context): void => {
    ctx.set("Content-Security-Policy", PAGE_SECURITY_POLICY);
    sendAsset(ctx, page);
  };
};

export const readDocsAsset = (ctx: Context): void => {
  const asset = docsAsset(ctx.params["name"] ?? "");
  if (asset === undefined) throw new Problem("not-found");
  sendAsset(ctx, asset);
};

/** The OpenAPI document, serialized at its first request. */
export const readOpenApi = (basePath: string) => {
  let document: StaticAsset | undefined;
  return (ctx: Context): void => {
    document ??= staticAsset("json", JSON.stringify(openApiDocument(basePath)));
    sendAsset(ctx, document);
  };
};
