import type { ResultAsync } from "neverthrow";
import type { FeeRule } from "../money/fee.ts";
import type { ProcessorAccount } from "../payment/facts.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey } from "./api-key.ts";
import type { ClientId, Mode } from "./client.ts";
import type { StoredApiKey } from "./credentials.ts";

/** The client of a request, and the key that authenticated it. */
export interface AuthenticatedClient {
  readonly clientId: ClientId;
  readonly mode: Mode;
  /** The platform's fee on the payments of this client. A cached client may carry an earlier rule. */
  readonly fee: FeeRule;
  /** The account that the client's payments are charged on. A cached client may carry an earlier one. */
  readonly processorAccount: ProcessorAccount | null;
  /** The stored form of the presented key. Payments are bound to it. It never leaves the process. */
  readonly credential: StoredApiKey;
  readonly keyHint: string;
  /** When this key stops working, by the clock of storage; null unless it is a former key in overlap. */
  readonly overlapEndsAt: Date | null;
  /** How long the overlap lasted when storage was read, by its clock; null unless the key is a former key. */
  readonly overlapRemainingMs: number | null;
}

/** The reason for the audit log. Callers get the same response for every failure. */
export type FailedAuthentication =
  | { readonly type: "api-key-unknown" }
  | { readonly type: "client-inactive"; readonly clientId: ClientId }
  | { readonly type: "overlap-ended"; readonly clientId: ClientId };

export type AuthenticationError = FailedAuthentication | StorageUnavailable;

export interface ApiKeyAuthenticator {
  /**
   * Returns the active client that the key belongs to.
   *
   * - `api-key-unknown`: no client has the key, or no longer. A stored digest presented as a key is unknown.
   * - `client-inactive`: a client has the key, but is not active.
   * - `overlap-ended`: the key was replaced and its overlap has ended.
   * - `storage-unavailable`: the result is unknown. It MUST NOT be treated as a failed authentication.
   *
   * The result may be outdated when it arrives. A write that depends on it MUST verify `credential` again in the same
   * statement, as `PaymentRepository.create` does.
   */
  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError>;
}
