import type { ResultAsync } from "neverthrow";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey } from "./api-key.ts";
import type { ClientId } from "./client.ts";
import type { StoredApiKey } from "./credentials.ts";

/** The client that a request acts for, and what it was recognised by. */
export interface AuthenticatedClient {
  readonly clientId: ClientId;
  /** What storage holds of the presented key. Payments are bound to it; it never leaves the process. */
  readonly credential: StoredApiKey;
  readonly keyHint: string;
  /** When this key stops working, by the clock of storage; null unless it is a former key in overlap. */
  readonly overlapEndsAt: Date | null;
  /** How long the overlap lasted when storage was read, by its clock; null unless the key is a former key. */
  readonly overlapRemainingMs: number | null;
}

/** Why a key was refused: for the audit log. The caller never learns more than that it was. */
export type AuthenticationRefusal =
  | { readonly type: "api-key-unknown" }
  | { readonly type: "client-inactive"; readonly clientId: ClientId }
  | { readonly type: "overlap-ended"; readonly clientId: ClientId };

export type AuthenticationError = AuthenticationRefusal | StorageUnavailable;

export interface ApiKeyAuthenticator {
  /**
   * Recognises the active client to whom the key belongs.
   *
   * - `api-key-unknown`: no client holds the key (any more). A stored digest presented as a key is unknown.
   * - `client-inactive`: the client holds the key but is not active.
   * - `overlap-ended`: the key was rotated away and its overlap is over.
   * - `storage-unavailable`: it could not be found out. MUST NOT be mistaken for a refusal.
   *
   * The answer holds for the moment it is given. Who writes on its strength MUST have storage verify
   * `credential` again in the same statement, as `PaymentRepository.create` does.
   */
  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError>;
}
