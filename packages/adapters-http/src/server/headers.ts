import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { AnonymousLimit } from "../authentication/network-limit.ts";
import { Problem } from "../problem/problem.ts";
import type { Context, Next } from "../routing/context.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** Keeps the caller's request id if it is safe to log, else creates one. */
export const requestIdFrom = (header: string | string[] | undefined): string =>
  typeof header === "string" && REQUEST_ID.test(header) ? header : randomUUID();

export const requestId = (ctx: Context, next: Next): Promise<unknown> => {
  const id = requestIdFrom(ctx.req.headers["x-request-id"]);
  ctx.state.requestId = id;
  ctx.res.setHeader("X-Request-Id", id);
  return next();
};

/** OWASP's recommendation for an API. No page embeds its responses, and no cache stores them. */
export const SECURITY_HEADERS = Object.entries({
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
});

const setSecurityHeaders = (response: ServerResponse): void => {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
};

export const securityHeaders = (ctx: Context, next: Next): Promise<unknown> => {
  setSecurityHeaders(ctx.res);
  return next();
};

const SINGLE: ReadonlyMap<string, number> = new Map(
  ["x-api-key", "authorization", "idempotency-key", "content-type", "host"].map((name, index) => [name, 1 << index]),
);

/** Node joins repeated headers or drops all but one, so which of two credentials it uses would depend on their order. */
export const rejectRepeatedHeaders =
  (anonymous: AnonymousLimit) =>
  (ctx: Context, next: Next): Promise<unknown> => {
    const { rawHeaders } = ctx.req;
    let seen = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = (rawHeaders[at] as string).toLowerCase();
      const bit = SINGLE.get(name);
      if (bit === undefined) continue;
      if ((seen & bit) !== 0) {
        anonymous.charge(ctx);
        throw new Problem("repeated-header", { errors: [{ header: name, detail: "must be sent once" }] });
      }
      seen |= bit;
    }
    return next();
  };

/** Problems are a kind of JSON, so they are always accepted. */
export const requireJsonAccepted = (ctx: Context): void => {
  const { accept } = ctx.req.headers;
  if (accept === undefined || accept === "*/*" || accept === "application/json") return;
  if (!ctx.accepts("application/json")) throw new Problem("not-acceptable");
};

/** Some proxies forward the caller's port too, and IPv6 then in brackets. */
const WITH_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/;

/** The address in an entry of X-Forwarded-For. An entry without an address stays as it is. */
export const addressIn = (entry: string): string => {
  if (isIP(entry) !== 0) return entry;
  const [, inBrackets, plain] = WITH_PORT.exec(entry) ?? [];
  const address = inBrackets ?? plain ?? "";
  return isIP(address) === 0 ? entry : address;
};

/** For a service behind trusted proxies: the limits and the audit log need the caller's address without a port. */
export const forwardedAddress = (ctx: Context, next: Next): Promise<unknown> => {
  ctx.request.ip = addressIn(ctx.ip);
  return next();
};
