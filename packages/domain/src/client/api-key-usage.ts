import type { ResultAsync } from "neverthrow";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { AuthenticatedClient } from "./api-key-authenticator.ts";
import type { ClientId, ClientNotFound } from "./client.ts";

/** Of the key that a rotation replaced, while its overlap lasts. */
export interface FormerApiKeyUsage {
  /** Null where it was never known. */
  readonly keyHint: string | null;
  readonly overlapEndsAt: Date;
  /** The last use ever, also before the rotation; null: none is known. */
  readonly lastUsedAt: Date | null;
  /** How often it was used since the rotation; uses of the minute before the rotation may be among them. */
  readonly uses: number;
}

export interface ClientApiKeyUsage {
  /** When the client's present key was last used; null: never since uses are recorded, or there is no key. */
  readonly lastUsedAt: Date | null;
  /** Null where no former key works any more. */
  readonly former: FormerApiKeyUsage | null;
}

/** When keys are used: so that a rotation can be finished in confidence. */
export interface ApiKeyUsage {
  /**
   * Notes that the client's key was used just now. Returns at once and never fails: it stands in the way of
   * every request. `find` knows of it within a minute; a process that is killed may lose what it noted in
   * its last minute.
   */
  record(client: AuthenticatedClient): void;

  /** Times are right to the minute. `client-not-found`: there is no such client. */
  find(id: ClientId): ResultAsync<ClientApiKeyUsage, ClientNotFound | StorageUnavailable>;
}
