import type { IncomingMessage } from "node:http";
import { Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";
import { type JsonValue, parseJson } from "./parse-json.ts";

export const MAXIMUM_BODY_BYTES = 65_536;

/** By its Content-Length. */
export const isTooLong = ({ headers }: IncomingMessage): boolean =>
  Number(headers["content-length"]) > MAXIMUM_BODY_BYTES;

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const requireJson = (ctx: Context): void => {
  const { "content-type": type, "content-encoding": encoding = "identity" } = ctx.req.headers;
  const isJson = type === "application/json" || (type !== undefined && JSON_TYPE.test(type));
  if (!isJson || encoding.toLowerCase() !== "identity") throw new Problem("unsupported-media-type");
};

/** Stops reading a body that is too large. `problemDetails` then closes the connection. */
export const readBytes = ({ req }: Context): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const fail = (problem: Problem): void => {
      req.off("data", keep).pause();
      reject(problem);
    };
    const chunks: Buffer[] = [];
    let length = 0;
    const keep = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > MAXIMUM_BODY_BYTES) fail(new Problem("body-too-large"));
      else chunks.push(chunk);
    };
    const failUnlessComplete = (): void => {
      if (!req.readableEnded)
        fail(new Problem("malformed-body", { detail: "The body ended before its declared length." }));
    };
    if (isTooLong(req)) fail(new Problem("body-too-large"));
    else if (req.destroyed) failUnlessComplete();
    else {
      req
        .on("data", keep)
        .on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)))
        .on("close", failUnlessComplete);
    }
  });

const parse = (bytes: Buffer): JsonValue => {
  const parsed = parseJson(bytes);
  if (parsed.isErr()) throw new Problem("malformed-body", { detail: parsed.error.detail });
  return parsed.value;
};

/** Rejects with the problem 400, 413 or 415. */
export const readJson = async (ctx: Context): Promise<JsonValue> => {
  requireJson(ctx);
  return parse(await readBytes(ctx));
};

/** As `readJson`. A missing body counts as an empty object. */
export const readOptionalJson = async (ctx: Context): Promise<JsonValue> => {
  const { "content-length": length, "transfer-encoding": encoding, "content-type": type } = ctx.req.headers;
  if ((length === undefined || length === "0") && encoding === undefined) return {};
  if (type !== undefined) return readJson(ctx);
  const bytes = await readBytes(ctx);
  if (bytes.length === 0) return {};
  throw new Problem("unsupported-media-type");
};
