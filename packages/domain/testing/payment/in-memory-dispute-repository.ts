import {
  type ClientId,
  type Dispute,
  type DisputeId,
  type DisputeNotFound,
  type DisputeRepository,
  type Page,
  type PageRequest,
  pageOf,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { InMemoryStorage } from "../shared/in-memory-storage.ts";

/** The disputes that `InMemoryChargeRepository` stores. */
export class InMemoryDisputeRepository implements DisputeRepository {
  readonly #storage: InMemoryStorage;

  constructor(storage: InMemoryStorage) {
    this.#storage = storage;
  }

  list(clientId: ClientId, request: PageRequest<DisputeId>): ResultAsync<Page<Dispute, DisputeId>, never> {
    const { limit, after, before } = request;
    const newestFirst = this.#disputesOf(clientId).sort((one, other) => (one.id < other.id ? 1 : -1));
    const older = newestFirst.filter(({ id }) => after === null || id < after);
    const newer = newestFirst.filter(({ id }) => before !== null && id > before).reverse();
    return okAsync(pageOf((before === null ? older : newer).slice(0, limit + 1), request));
  }

  find(clientId: ClientId, id: DisputeId): ResultAsync<Dispute, DisputeNotFound> {
    const dispute = this.#disputesOf(clientId).find((candidate) => candidate.id === id);
    return dispute === undefined ? errAsync({ type: "dispute-not-found" }) : okAsync(dispute);
  }

  #disputesOf(clientId: ClientId): Dispute[] {
    return [...this.#storage.charged.values()]
      .flatMap(({ disputes }) => disputes)
      .filter((dispute) => dispute.clientId === clientId);
  }
}
