import type { ResultAsync } from "neverthrow";

/** A person or program that may manage clients and keys. */
export interface Admin {
  /** Who it is, for the audit log; null where the token does not say. */
  readonly subject: string | null;
}

export type AdminRefusal =
  /** Not a token of this service, or no longer valid. `reason` is for the audit log, never for the caller. */
  | { readonly type: "admin-token-invalid"; readonly reason: string }
  /** A valid token of somebody who is not an admin. */
  | { readonly type: "admin-role-missing"; readonly subject: string | null }
  /** The keys to check the token with could not be had: it may be good or not. `cause` is for the log alone. */
  | { readonly type: "admin-keys-unavailable"; readonly cause: unknown };

export interface AdminAuthenticator {
  authenticate(bearerToken: string): ResultAsync<Admin, AdminRefusal>;
}
