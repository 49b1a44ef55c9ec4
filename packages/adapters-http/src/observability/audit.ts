import type { Logger } from "pino";
import type { Context } from "../context.ts";
import type { Metrics } from "./metrics.ts";

type Method = "api-key" | "admin-token";

interface RefusalDetails {
  readonly clientId?: string | undefined;
  readonly keyHint?: string | undefined;
  readonly admin?: string | null | undefined;
}

export type ChangeEvent = "account-created" | "account-updated" | "api-key-rotated" | "api-key-revoked";

/**
 * Who was let in and who was not, and what was changed, for the operator. A routine success leaves no event
 * of its own: the line of its request names client, key and admin. The caller never sees a reason.
 */
export class Audit {
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  authenticated(method: Method): void {
    this.#metrics.authenticated(method, "accepted");
  }

  refused(ctx: Context, method: Method, reason: string, details: RefusalDetails = {}): void {
    this.#metrics.authenticated(method, "refused");
    this.#logger.warn(
      { event: "authentication-refused", requestId: ctx.state.requestId, method, reason, address: ctx.ip, ...details },
      "authentication refused",
    );
  }

  changed(ctx: Context, event: ChangeEvent, clientId: string, details: object = {}): void {
    const admin = ctx.state.admin?.subject ?? null;
    this.#logger.info({ event, requestId: ctx.state.requestId, clientId, admin, ...details }, event);
  }
}
