import type { ResultAsync } from "neverthrow";
import type { Audit } from "../observability/audit.ts";
import { Problem } from "../problem/problem.ts";
import { problemFor } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import type { FailedAuthentications } from "./failed-authentications.ts";
import type { AnonymousLimit } from "./network-limit.ts";

/** A person or program that manages clients and their keys. */
export interface Admin {
  /** The name for the audit log; null if the token has none. */
  readonly subject: string | null;
}

export type AdminAuthenticationError =
  /** The token is not valid, or no longer valid. `reason` is for the audit log, never for the caller. */
  | { readonly type: "admin-token-invalid"; readonly reason: string }
  /** The token is valid, but its subject is not an admin. */
  | { readonly type: "admin-role-missing"; readonly subject: string | null }
  /** The keys that verify tokens could not be fetched. `cause` is for the log only. */
  | { readonly type: "admin-keys-unavailable"; readonly cause: unknown };

export interface AdminAuthenticator {
  /** Verifies a token. `admin-keys-unavailable` MUST NOT be reported as an invalid token, nor the reverse. */
  authenticate(bearerToken: string): ResultAsync<Admin, AdminAuthenticationError>;
}

export interface AdminAuthenticationDependencies {
  readonly admins: AdminAuthenticator;
  readonly anonymous: AnonymousLimit;
  readonly failures: FailedAuthentications;
  readonly audit: Audit;
}

/** RFC 6750, section 2.1. The scheme is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** Authenticates admins by a bearer token. A valid token is accepted from a blocked address: verifying it needs no query. */
export class AdminAuthentication {
  readonly #dependencies: AdminAuthenticationDependencies;

  constructor(dependencies: AdminAuthenticationDependencies) {
    this.#dependencies = dependencies;
  }

  /** Rejects with a problem if authentication fails. */
  async authenticate(ctx: Context): Promise<void> {
    const { admins, anonymous, failures, audit } = this.#dependencies;
    const { authorization } = ctx.req.headers;
    if (authorization === undefined) {
      anonymous.charge(ctx);
      audit.authenticationFailed(ctx, "admin-token", "admin-token-missing");
      throw new Problem("admin-token-missing");
    }
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw failures.fail(ctx, "admin-token", "not a bearer token");
    const result = await admins.authenticate(token);
    if (result.isOk()) {
      const { subject } = result.value;
      ctx.state.admin = result.value;
      ctx.state.actor = { type: "admin", subject, requestId: ctx.state.requestId, address: ctx.ip };
      return;
    }
    const { error } = result;
    if (error.type === "admin-token-invalid") throw failures.fail(ctx, "admin-token", error.reason);
    if (error.type === "admin-role-missing") {
      audit.authenticationFailed(ctx, "admin-token", error.type, { admin: error.subject });
    }
    throw problemFor(error);
  }
}
