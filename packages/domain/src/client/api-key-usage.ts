import type { ResultAsync } from "neverthrow";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { AuthenticatedClient } from "./api-key-authenticator.ts";
import type { ClientId, ClientNotFound } from "./client.ts";

/** The key that a rotation replaced, while its overlap lasts. */
export interface FormerApiKeyUsage {
  /** Null if it was never known. */
  readonly keyHint: string | null;
  readonly overlapEndsAt: Date;
  /** The last use ever, also before the rotation; null if none is known. */
  readonly lastUsedAt: Date | null;
  /** The number of uses since the rotation. It may include uses of the minute before. */
  readonly uses: number;
}

/** A key that no longer works. */
export interface EndedApiKeyUsage {
  /** Null if it was never known. */
  readonly keyHint: string | null;
  readonly endedAt: Date;
  /** The last use ever; null if none is known. */
  readonly lastUsedAt: Date | null;
}

export interface ClientApiKeyUsage {
  /** The last use of the client's current key; null if none is known, or if there is no key. */
  readonly lastUsedAt: Date | null;
  /** Null unless a former key is valid. */
  readonly former: FormerApiKeyUsage | null;
  /** The key that ended last: revoked, replaced without an overlap, or former until its overlap ended. */
  readonly ended: EndedApiKeyUsage | null;
}

/** Records when keys are used, so that an admin knows when a former key can be ended. */
export interface ApiKeyUsage {
  /**
   * Records that the client's key was used now. It MUST return at once and never fail, because every request calls
   * it. `find` reports the use within one minute. A killed process may lose the uses of its last minute.
   */
  record(client: AuthenticatedClient): void;

  /** Returns times that are accurate to the minute, or `client-not-found`. */
  find(id: ClientId): ResultAsync<ClientApiKeyUsage, ClientNotFound | StorageUnavailable>;
}
