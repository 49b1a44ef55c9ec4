import type { Logger } from "pino";
import type { Context, Next } from "../routing/context.ts";
import type { Metrics } from "./metrics.ts";

/** Methods that a label may show; whatever else a caller makes up must not make new time series. */
const METHODS = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"]);

/**
 * One log line and one observation a request. The fields are chosen: no header, no body, no raw URL. Of a request
 * that was let in, the line is the event of that decision, too (see `Audit`).
 */
export const observe = (logger: Logger, metrics: Metrics) => {
  const record = (ctx: Context, milliseconds: number): void => {
    const method = METHODS.has(ctx.method) ? ctx.method : "other";
    const route = typeof ctx._matchedRoute === "string" ? ctx._matchedRoute : "none";
    const { requestId, client, admin, problem } = ctx.state;
    if (client !== undefined) metrics.authenticated("api-key", "accepted");
    if (admin !== undefined) metrics.authenticated("admin-token", "accepted");
    metrics.answered(method, route, ctx.status, milliseconds / 1000);
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
      // Nobody is to wait for it: by then the answer has been written.
      setImmediate(record, ctx, performance.now() - began);
    }
  };
};
