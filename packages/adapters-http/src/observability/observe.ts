import type { Logger } from "pino";
import type { Context, Next } from "../routing/context.ts";
import type { Metrics } from "./metrics.ts";

/** Values of the label `method`. Other methods share one time series. */
const METHODS = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"]);

/**
 * Writes one log line and one observation per request. The line contains no header, body or raw URL. For an
 * authenticated request it is also the audit event: see `Audit`.
 */
export const observe = (logger: Logger, metrics: Metrics) => {
  const record = (ctx: Context, milliseconds: number): void => {
    const method = METHODS.has(ctx.method) ? ctx.method : "other";
    const route = typeof ctx._matchedRoute === "string" ? ctx._matchedRoute : "none";
    const { requestId, client, admin, problem } = ctx.state;
    if (client !== undefined) metrics.authenticated("api-key", "accepted");
    if (admin !== undefined) metrics.authenticated("admin-token", "accepted");
    metrics.responded(method, route, ctx.status, milliseconds / 1000);
    const line = {
      event: client === undefined && admin === undefined ? undefined : "authentication-accepted",
      requestId,
      method,
      route,
      status: ctx.status,
      problem,
      milliseconds: Math.round(milliseconds * 100) / 100,
      clientId: client?.clientId,
      keyHint: client?.keyHint,
      admin: admin?.subject,
    };
    if (ctx.status >= 500) logger.error(line, "request");
    else logger.info(line, "request");
  };

  return async (ctx: Context, next: Next): Promise<void> => {
    const began = performance.now();
    try {
      await next();
    } finally {
      // After the response is written, so the caller does not wait for the log.
      setImmediate(record, ctx, performance.now() - began);
    }
  };
};
