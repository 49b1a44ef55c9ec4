import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Context } from "../routing/context.ts";

/** Constant content, compressed once. */
export interface StaticAsset {
  /** A value for Koa's `ctx.type`. */
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

export const staticAsset = (type: string, content: string | Buffer): StaticAsset => {
  const plain = Buffer.from(content);
  const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  return { type, etag, plain, gzipped: gzipSync(plain) };
};

/** Sends the asset, or 304 if the caller has it (RFC 9110, section 13). Caches must revalidate it on every use. */
export const sendAsset = (ctx: Context, { type, etag, plain, gzipped }: StaticAsset): void => {
  ctx.vary("Accept-Encoding");
  ctx.status = 200;
  ctx.set("ETag", etag);
  ctx.set("Cache-Control", "no-cache");
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = type;
  const gzip = ctx.acceptsEncodings("gzip", "identity") === "gzip";
  if (gzip) ctx.set("Content-Encoding", "gzip");
  ctx.body = gzip ? gzipped : plain;
};
