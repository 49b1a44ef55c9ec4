import type { AuditEventType } from "@payments/domain";
import type { Logger } from "pino";
import type { Context, RequestState } from "../routing/context.ts";
import type { Metrics } from "./metrics.ts";

export type AuthenticationMethod = "api-key" | "admin-token";

export interface FailureDetails {
  readonly clientId?: string | undefined;
  readonly keyHint?: string | undefined;
  readonly admin?: string | null | undefined;
}

/**
 * Logs failed authentications and changes for the operator. Storage also keeps each change: see `AuditLog`. Callers never see a reason: the operator finds it by the
 * request id of the response. A successful authentication has no line of its own, because payments are many. The line of
 * its request has the event `authentication-accepted`, with client, key hint and admin.
 */
export class Audit {
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  authenticationFailed(ctx: Context, method: AuthenticationMethod, reason: string, details: FailureDetails = {}): void {
    // Fields are listed explicitly: callers may pass objects that hold secrets.
    const { clientId, keyHint, admin } = details;
    const { requestId } = ctx.state;
    this.#metrics.authenticated(method, "refused");
    const event = "authentication-refused";
    const line = { event, requestId, method, reason, address: ctx.ip, clientId, keyHint, admin };
    // After the response: the time to write the line would reveal whether it names a client.
    setImmediate(() => this.#logger.warn(line, "authentication refused"));
  }

  /** Resolves when the line is written or cannot be written. Changes are few, so each waits for its line. */
  async changed(state: RequestState, event: AuditEventType, clientId: string, details: object = {}): Promise<void> {
    const { requestId, admin } = state;
    this.#logger.info({ event, requestId, clientId, admin: admin?.subject ?? null, ...details }, event);
    await new Promise<void>((resolve) => this.#logger.flush(() => resolve()));
  }
}
