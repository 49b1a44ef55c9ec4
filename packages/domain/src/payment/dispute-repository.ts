import type { ResultAsync } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { Dispute, DisputeId, DisputeNotFound } from "./dispute.ts";

/** The disputes that `ChargeRepository` stores with the changes of charges. */
export interface DisputeRepository {
  /** The client's disputes by id, newest first. */
  list(clientId: ClientId, request: PageRequest<DisputeId>): ResultAsync<Page<Dispute, DisputeId>, StorageUnavailable>;

  find(clientId: ClientId, id: DisputeId): ResultAsync<Dispute, DisputeNotFound | StorageUnavailable>;
}
