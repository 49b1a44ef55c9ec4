import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "../routing/context.ts";

/** Constant content, compressed once. */
export interface StaticAsset {
  /** A value for Koa's `ctx.type`. */
  readonly type: string;
  /** A digest of the content. */
  readonly version: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

const compress = promisify(gzip);

export const staticAsset = async (type: string, content: string | Buffer): Promise<StaticAsset> => {
  const plain = Buffer.from(content);
  const version = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
  return { type, version, plain, gzipped: await compress(plain) };
};

/** For a URL that names the version of its content. */
const IMMUTABLE = "public, max-age=31536000, immutable";

/**
 * Sends the asset, or 304 if the caller has it (RFC 9110, section 13). Caches revalidate it on every use, unless the
 * query parameter `v` is the version of the asset.
 */
export const sendAsset = (ctx: Context, { type, version, plain, gzipped }: StaticAsset): void => {
  ctx.vary("Accept-Encoding");
  ctx.status = 200;
  ctx.set("ETag", `"${version}"`);
  ctx.set("Cache-Control", ctx.querystring === `v=${version}` ? IMMUTABLE : "no-cache");
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = type;
  const zipped = ctx.acceptsEncodings("gzip", "identity") === "gzip";
  if (zipped) ctx.set("Content-Encoding", "gzip");
  ctx.body = zipped ? gzipped : plain;
};
