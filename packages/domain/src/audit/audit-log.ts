import type { ResultAsync } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { AuditEvent, AuditEventId } from "./audit-event.ts";

/**
 * The audit events of all changes. Each repository writes them atomically with its changes: a change that fails or is
 * rolled back leaves none. Nothing changes or deletes an audit event.
 *
 * Every method may fail with `storage-unavailable`.
 */
export interface AuditLog {
  /** The events of all clients, newest first. */
  list(request: PageRequest<AuditEventId>): ResultAsync<Page<AuditEvent, AuditEventId>, StorageUnavailable>;

  /** The client's events by sequence, newest first. An unknown cursor gives an empty page. */
  listByClient(
    clientId: ClientId,
    request: PageRequest<AuditEventId>,
  ): ResultAsync<Page<AuditEvent, AuditEventId>, StorageUnavailable>;
}
