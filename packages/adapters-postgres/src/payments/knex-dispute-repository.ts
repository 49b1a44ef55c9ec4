import {
  type ClientId,
  type Dispute,
  type DisputeId,
  type DisputeNotFound,
  type DisputeRepository,
  type Page,
  type PageRequest,
  pageOf,
  type StorageUnavailable,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { type DisputeRow, toDispute } from "./charge-row.ts";

/** The table `disputes`, which `KnexChargeRepository` writes. */
export class KnexDisputeRepository implements DisputeRepository {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  list(clientId: ClientId, request: PageRequest<DisputeId>): ResultAsync<Page<Dispute, DisputeId>, StorageUnavailable> {
    const { limit, after, before } = request;
    const page = this.#own(clientId)
      .orderBy("id", before === null ? "desc" : "asc")
      .limit(limit + 1);
    if (after !== null) page.where("id", "<", toUuid(after));
    if (before !== null) page.where("id", ">", toUuid(before));
    return ResultAsync.fromPromise(sanitized(page), unavailableOrThrow).map((rows: readonly DisputeRow[]) =>
      pageOf(rows.map(toDispute), request),
    );
  }

  find(clientId: ClientId, id: DisputeId): ResultAsync<Dispute, DisputeNotFound | StorageUnavailable> {
    const found = sanitized(this.#own(clientId).where("id", toUuid(id)).first());
    return ResultAsync.fromPromise(found, unavailableOrThrow).andThen((row: DisputeRow | undefined) =>
      row === undefined ? err({ type: "dispute-not-found" as const }) : ok(toDispute(row)),
    );
  }

  #own(clientId: ClientId) {
    return this.#knex("disputes").where({ bucket: bucketOf(clientId), client_id: clientId });
  }
}
