import type { Context } from "../context.ts";
import { docsAsset } from "../docs/docs-assets.ts";
import { docsPage } from "../docs/docs-page.ts";
import { Problem } from "../problem/problem.ts";

/** The page loads from, and talks to, this service alone. Images within the styles are data URLs. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const asFresh = (ctx: Context, etag: string): boolean => {
  ctx.status = 200;
  ctx.set("ETag", etag);
  // Asked for again each time, answered in full only when it changed with a new version of the service.
  ctx.set("Cache-Control", "no-cache");
  if (!ctx.fresh) return false;
  ctx.status = 304;
  return true;
};

/** The reference in the browser. */
export const readDocs = (basePath: string) => {
  const page = docsPage(basePath);
  return (ctx: Context): void => {
    ctx.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    ctx.type = "html";
    ctx.body = page;
  };
};

/** What the reference page loads. */
export const readDocsAsset = (ctx: Context): void => {
  const asset = docsAsset(ctx.params["name"] ?? "");
  if (asset === undefined) throw new Problem("not-found");
  ctx.vary("Accept-Encoding");
  if (asFresh(ctx, asset.etag)) return;
  ctx.type = asset.type;
  const gzip = ctx.acceptsEncodings("gzip", "identity") === "gzip";
  if (gzip) ctx.set("Content-Encoding", "gzip");
  ctx.body = gzip ? asset.gzipped : asset.plain;
};
