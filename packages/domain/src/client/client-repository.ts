import type { ResultAsync } from "neverthrow";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey } from "./api-key.ts";
import type { Client, ClientChanges, ClientId, ClientNotFound } from "./client.ts";
import type { OverlapInProgress, Rotation } from "./credentials.ts";

/** A uniqueness rule of storage, such as one client per email address, rejects the client. */
export interface ClientAlreadyExists {
  readonly type: "client-already-exists";
}

/** The hints of the keys that a call ended; null for a key that did not exist or has no known hint. */
export interface EndedApiKeys {
  readonly keyHint: string | null;
  readonly formerKeyHint: string | null;
}

/**
 * Every change is atomic. Its result MUST be returned only after no payment can be committed on the strength of
 * what the change ended, not even a payment that was in flight: a key, or the client's status `active`.
 * Concurrent changes of one client take effect one after another.
 *
 * The transitions of the keys are those of `Credentials`. Storage MUST start and end overlaps by its own clock,
 * the one that `ApiKeyAuthenticator` and `PaymentRepository` check them with. `now` is only recorded as
 * `updatedAt`.
 *
 * Every method may fail with `storage-unavailable`; the change may then have happened or not.
 */
export interface ClientRepository {
  /** Stores a new client with its key. On `client-already-exists`, storage is unchanged. */
  create(client: Client, apiKey: ApiKey): ResultAsync<void, ClientAlreadyExists | StorageUnavailable>;

  /** Returns the client, or `client-not-found`. */
  find(id: ClientId): ResultAsync<Client, ClientNotFound | StorageUnavailable>;

  /** Returns clients newest first, by time of creation and then id. An unknown cursor gives an empty page. */
  list(request: PageRequest<ClientId>): ResultAsync<Page<Client, ClientId>, StorageUnavailable>;

  /**
   * Changes only the given fields, so that concurrent changes of different fields all survive, and returns the
   * changed client. On `client-already-exists`, the client is unchanged.
   */
  update(
    id: ClientId,
    changes: ClientChanges,
    now: Date,
  ): ResultAsync<Client, ClientNotFound | ClientAlreadyExists | StorageUnavailable>;

  /**
   * Makes `apiKey` the client's key, as `rotate` does, and returns when the former key will end: null if no former
   * key is valid. On `overlap-in-progress` nothing changes. Of two concurrent calls with an overlap, the second one
   * is `overlap-in-progress` unless it ends the former key.
   */
  replaceApiKey(
    id: ClientId,
    apiKey: ApiKey,
    rotation: Rotation,
    now: Date,
  ): ResultAsync<Date | null, ClientNotFound | OverlapInProgress | StorageUnavailable>;

  /** Ends every key, as `revoke` does, and returns the ended keys. Succeeds also for a client without a key. */
  revokeApiKey(id: ClientId, now: Date): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable>;

  /**
   * Ends a former key in overlap, as `endFormer` does, and returns it as `formerKeyHint`; `keyHint` is null.
   * Succeeds also for a client without an overlap.
   */
  endFormerApiKey(id: ClientId, now: Date): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable>;
}
