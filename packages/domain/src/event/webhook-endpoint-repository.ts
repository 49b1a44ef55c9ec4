import type { ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { ClientId } from "../client/client.ts";
import type { OverlapSeconds } from "../client/credentials.ts";
import type { EncryptedSecret } from "../shared/secret-cipher.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type {
  WebhookEndpoint,
  WebhookEndpointId,
  WebhookEndpointLimitReached,
  WebhookEndpointNotFound,
} from "./webhook-endpoint.ts";

/** The fields that a client may change. An absent field stays unchanged. */
export type WebhookEndpointChanges = Partial<
  Pick<WebhookEndpoint, "url" | "eventTypes" | "description" | "disabledReason">
>;

/**
 * Another client's endpoint counts as not found. Every change writes its audit event with `actor` in the same
 * transaction; its details contain no URL, which may hold a secret. Any method may fail with `storage-unavailable`.
 */
export interface WebhookEndpointRepository {
  /**
   * Stores an endpoint that receives every event that commits from now on. `webhook-endpoint-limit-reached` above
   * `MAXIMUM_WEBHOOK_ENDPOINTS`, also when several are created at once.
   */
  create(endpoint: WebhookEndpoint, actor: Actor): ResultAsync<void, WebhookEndpointLimitReached | StorageUnavailable>;

  /** The client's endpoints, newest first. */
  list(clientId: ClientId): ResultAsync<readonly WebhookEndpoint[], StorageUnavailable>;

  find(
    clientId: ClientId,
    id: WebhookEndpointId,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound | StorageUnavailable>;

  /**
   * An endpoint that is enabled again continues where it stopped: it receives the kept events of the time between.
   * Enabling also forgets its failures.
   */
  update(
    clientId: ClientId,
    id: WebhookEndpointId,
    changes: WebhookEndpointChanges,
    now: Date,
    actor: Actor,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound | StorageUnavailable>;

  /** As `rotateWebhookSecrets`, atomically and by the clock of the storage. */
  rotateSecret(
    clientId: ClientId,
    id: WebhookEndpointId,
    next: EncryptedSecret,
    overlapSeconds: OverlapSeconds,
    actor: Actor,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound | StorageUnavailable>;

  /** Deletes the endpoint. Its pending deliveries end. */
  delete(
    clientId: ClientId,
    id: WebhookEndpointId,
    actor: Actor,
  ): ResultAsync<void, WebhookEndpointNotFound | StorageUnavailable>;
}
