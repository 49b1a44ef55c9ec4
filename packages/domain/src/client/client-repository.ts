import type { ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { IdempotencyKeyReused } from "../payment/create-payment.ts";
import type { ProcessorAccount } from "../payment/facts.ts";
import type { IdempotencyKey } from "../payment/idempotency-key.ts";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ApiKey } from "./api-key.ts";
import type { Client, ClientId, ClientNotFound, ClientUpdate, Mode } from "./client.ts";
import type { OverlapInProgress, Rotation } from "./credentials.ts";

/** A uniqueness rule of storage, such as one client per email address, rejects the client. */
export interface ClientAlreadyExists {
  readonly type: "client-already-exists";
}

export interface StoredCreation {
  /** As it is now. */
  readonly client: Client;
  /** An earlier call with the same idempotency key created the client. `apiKey` is then not stored. */
  readonly replayed: boolean;
}

/** The hints of the keys that a call ended; null for a key that did not exist or has no known hint. */
export interface EndedApiKeys {
  readonly keyHint: string | null;
  readonly formerKeyHint: string | null;
}

/**
 * Every change is atomic, and writes its audit event with `actor`: see `AuditLog`. A call that finds no key to end writes
 * none. A change may end a key or deactivate the client. Its result MUST be returned only when no payment with that key
 * can be committed any more, not even one in flight. Concurrent changes of one client take effect one after another.
 *
 * The transitions of the keys are those of `Credentials`. Storage MUST start and end overlaps by its own clock,
 * the one that `ApiKeyAuthenticator` and `PaymentRepository` check them with. `now` is only recorded as
 * `updatedAt`.
 *
 * Every method may fail with `storage-unavailable`; the change may then have happened or not.
 */
export interface ClientRepository {
  /**
   * Stores a new client with its key, once per idempotency key. Idempotency keys are shared by all actors and never
   * expire. Of two concurrent calls with one key, one stores its client and the other replays it.
   *
   * `idempotency-key-reused` if the earlier call had another name, email or mode. On every error, and on a replay,
   * storage is unchanged.
   */
  create(
    client: Client,
    apiKey: ApiKey,
    actor: Actor,
    idempotencyKey: IdempotencyKey | null,
  ): ResultAsync<StoredCreation, ClientAlreadyExists | IdempotencyKeyReused | StorageUnavailable>;

  /** Returns the client, or `client-not-found`. */
  find(id: ClientId): ResultAsync<Client, ClientNotFound | StorageUnavailable>;

  /** The client of this mode that has this account at the processor. */
  findByProcessorAccount(
    mode: Mode,
    account: ProcessorAccount,
  ): ResultAsync<Client, ClientNotFound | StorageUnavailable>;

  /** Returns clients newest first, by time of creation and then id. An unknown cursor gives an empty page. */
  list(request: PageRequest<ClientId>): ResultAsync<Page<Client, ClientId>, StorageUnavailable>;

  /**
   * Changes only the given fields, so that concurrent changes of different fields all survive, and returns the
   * changed client. On `client-already-exists`, the client is unchanged.
   */
  update(
    id: ClientId,
    changes: ClientUpdate,
    now: Date,
    actor: Actor,
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
    actor: Actor,
  ): ResultAsync<Date | null, ClientNotFound | OverlapInProgress | StorageUnavailable>;

  /** Ends every key, as `revoke` does, and returns the ended keys. Succeeds also for a client without a key. */
  revokeApiKey(id: ClientId, now: Date, actor: Actor): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable>;

  /**
   * Ends a former key in overlap, as `endFormer` does, and returns it as `formerKeyHint`; `keyHint` is null.
   * Succeeds also for a client without an overlap.
   */
  endFormerApiKey(
    id: ClientId,
    now: Date,
    actor: Actor,
  ): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable>;
}
