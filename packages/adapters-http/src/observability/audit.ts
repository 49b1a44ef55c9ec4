import type { Logger } from "pino";
import type { Context } from "../routing/context.ts";
import type { Metrics } from "./metrics.ts";

export type AuthenticationMethod = "api-key" | "admin-token";

export interface RefusalDetails {
  readonly clientId?: string | undefined;
  readonly keyHint?: string | undefined;
  readonly admin?: string | null | undefined;
}

export type ChangeEvent = "client-created" | "client-updated" | "api-key-rotated" | "api-key-revoked";

/**
 * Who was not let in and why, and what was changed, for the operator: the caller never sees a reason, and finds it by
 * the request id that came with the answer. Who was let in leaves no line of its own, because payments are many: the
 * line of the request is that event, `authentication-accepted`, and names client, key hint and admin.
 */
export class Audit {
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  refused(ctx: Context, method: AuthenticationMethod, reason: string, details: RefusalDetails = {}): void {
    // Picked one by one: who calls may have more in hand than the log is to hold.
    const { clientId, keyHint, admin } = details;
    const { requestId } = ctx.state;
    this.#metrics.authenticated(method, "refused");
    const event = "authentication-refused";
    const line = { event, requestId, method, reason, address: ctx.ip, clientId, keyHint, admin };
    // Behind the answer: how long a line takes to write tells whether a client is named in it.
    setImmediate(() => this.#logger.warn(line, "authentication refused"));
  }

  /** Resolves once the line is written, or can't be: changes are few, and none is answered whose line could be lost. */
  async changed(ctx: Context, event: ChangeEvent, clientId: string, details: object = {}): Promise<void> {
    const admin = ctx.state.admin?.subject ?? null;
    this.#logger.info({ event, requestId: ctx.state.requestId, clientId, admin, ...details }, event);
    await new Promise<void>((resolve) => this.#logger.flush(() => resolve()));
  }
}
