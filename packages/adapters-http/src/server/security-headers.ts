import type { ServerResponse } from "node:http";
import type { Context, Next } from "../routing/context.ts";

/** OWASP's recommendations for an API that no page embeds and no cache keeps. */
export const SECURITY_HEADERS = Object.entries({
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
});

export const setSecurityHeaders = (response: ServerResponse): void => {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
};

export const securityHeaders = (ctx: Context, next: Next): Promise<unknown> => {
  setSecurityHeaders(ctx.res);
  return next();
};
