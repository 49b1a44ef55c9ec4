import type { ResultAsync } from "neverthrow";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey } from "./api-key.ts";
import type { Client, ClientChanges, ClientId, ClientNotFound } from "./client.ts";

/** Storage has a rule that no two clients share some value (such as an email address), and this breaks it. */
export interface ClientAlreadyExists {
  readonly type: "client-already-exists";
}

/**
 * Every change is atomic, and complete before its result is returned: once `update` has made a client
 * inactive, or `replaceApiKey` or `revokeApiKey` has ended a key, no payment can be committed on the
 * strength of what was ended, not even one that was already under way.
 *
 * Any method may fail with `storage-unavailable`; the change may then have happened or not.
 */
export interface ClientRepository {
  /** Stores a new client with its key. `client-already-exists` leaves storage as it was. */
  create(client: Client, apiKey: ApiKey): ResultAsync<void, ClientAlreadyExists | StorageUnavailable>;

  find(id: ClientId): ResultAsync<Client, ClientNotFound | StorageUnavailable>;

  /** Newest first, by time of creation and then id. A cursor that no client has gives an empty page. */
  list(request: PageRequest<ClientId>): ResultAsync<Page<Client, ClientId>, StorageUnavailable>;

  /** Changes only the given fields, so that concurrent changes of different fields all survive. */
  update(
    id: ClientId,
    changes: ClientChanges,
    now: Date,
  ): ResultAsync<Client, ClientNotFound | ClientAlreadyExists | StorageUnavailable>;

  /**
   * Makes `apiKey` the client's key. Its former key, if any, works until `overlapEndsAt` (null: it ends
   * now); the key before that one ends now. Returns when the former key will end: null where there was
   * none or it ended. Of two calls at once, the later one's key stays.
   */
  replaceApiKey(
    id: ClientId,
    apiKey: ApiKey,
    overlapEndsAt: Date | null,
    now: Date,
  ): ResultAsync<Date | null, ClientNotFound | StorageUnavailable>;

  /** Ends the client's key and one in overlap. Succeeds also when there was none. */
  revokeApiKey(id: ClientId, now: Date): ResultAsync<void, ClientNotFound | StorageUnavailable>;
}
