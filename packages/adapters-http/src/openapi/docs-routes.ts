import { Problem } from "../problem/problem.ts";
import type { Context, Middleware } from "../routing/context.ts";
import { type DocsAssets, docsAssets } from "./docs-assets.ts";
import { docsPage } from "./docs-page.ts";
import { openApiDocument } from "./document.ts";
import { type StaticAsset, sendAsset, staticAsset } from "./static-asset.ts";

/** A page loads from this service only. */
export const pageSecurityPolicy = (styles: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styles}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Scalar sets styles in attributes, so the policy cannot limit them further. */
const SECURITY_POLICY = pageSecurityPolicy("'self' 'unsafe-inline'");

/** Leads browsers from `/` and from the base path to the reference page. It runs after all routes. */
export const redirectBrowsers = (basePath: string): Middleware => {
  const roots = new Set(["/", basePath, `${basePath}/`]);
  return async (ctx, next) => {
    if (!roots.has(ctx.path) || (ctx.method !== "GET" && ctx.method !== "HEAD")) return void (await next());
    ctx.vary("Accept");
    if (ctx.accepts("json", "html") !== "html") return void (await next());
    ctx.redirect(`${basePath}/docs`);
  };
};

export const readDocs = (basePath: string) => {
  let page: Promise<StaticAsset> | undefined;
  return async (ctx: Context): Promise<void> => {
    page ??= docsAssets().then((assets) => staticAsset("html", docsPage(basePath, assets)));
    ctx.set("Content-Security-Policy", SECURITY_POLICY);
    sendAsset(ctx, await page);
  };
};

export const readDocsAsset = async (ctx: Context): Promise<void> => {
  const assets = await docsAssets();
  const name = ctx.params["name"] ?? "";
  if (!Object.hasOwn(assets, name)) throw new Problem("not-found");
  sendAsset(ctx, assets[name as keyof DocsAssets]);
};

/** The OpenAPI document, serialized at its first request. */
export const readOpenApi = (basePath: string) => {
  let document: Promise<StaticAsset> | undefined;
  return async (ctx: Context): Promise<void> => {
    document ??= staticAsset("json", JSON.stringify(openApiDocument(basePath)));
    sendAsset(ctx, await document);
  };
};
