import {
  type Actor,
  type AnyOperation,
  type ClientId,
  type OperationId,
  type OperationNotInReview,
  type OperationReviews,
  type ReviewDecision,
  type StorageUnavailable,
  toReviewDetails,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { appendAuditEvents } from "../audit/audit-statement.ts";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { OPERATION_COLUMNS, type OperationRow, toOperation } from "./charge-row.ts";

const notInReview: OperationNotInReview = { type: "operation-not-in-review" };

/** The index `payment_operations_review` holds these operations alone. */
const SELECT = `select ${OPERATION_COLUMNS.join(", ")} from payment_operations where state = 'needs_review'`;
const ONE = `${SELECT} and bucket = ? and client_id = ? and id = ?`;

/** Operations that need a review in `payment_operations`, and the decisions about them in `audit_events`. */
export class KnexOperationReviews implements OperationReviews {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  list(limit: number): ResultAsync<readonly AnyOperation[], StorageUnavailable> {
    const statement = sanitized(this.#knex.raw(`${SELECT} order by planned_at, id limit ?`, [limit]));
    return ResultAsync.fromPromise(statement, unavailableOrThrow).map(({ rows }: { rows: readonly OperationRow[] }) =>
      rows.map(toOperation),
    );
  }

  find(clientId: ClientId, id: OperationId): ResultAsync<AnyOperation, OperationNotInReview | StorageUnavailable> {
    const statement = sanitized(this.#knex.raw(ONE, [bucketOf(clientId), clientId, toUuid(id)]));
    return ResultAsync.fromPromise(statement, unavailableOrThrow).andThen(
      ({ rows: [row] }: { rows: readonly OperationRow[] }) =>
        row === undefined ? err(notInReview) : ok(toOperation(row)),
    );
  }

  record(
    operation: AnyOperation,
    decision: ReviewDecision,
    actor: Actor,
  ): ResultAsync<void, OperationNotInReview | StorageUnavailable> {
    const { id, clientId } = operation;
    const details = toReviewDetails(operation, decision);
    const recorded = this.#knex.transaction(async (trx): Promise<Result<void, OperationNotInReview>> => {
      const lock = `${ONE} for update`;
      const { rows } = await sanitized(trx.raw(lock, [bucketOf(clientId), clientId, toUuid(id)]));
      if (rows.length === 0) return err(notInReview);
      await appendAuditEvents(trx, [{ clientId, type: "operation-reviewed", actor, details }]);
      return ok(undefined);
    });
    return ResultAsync.fromPromise(recorded, unavailableOrThrow).andThen((result) => result);
  }
}

/** What is left to do about operations. */
export interface OperationBacklog {
  /** The age of the oldest operation without evidence from the processor; 0: none. */
  readonly oldestUnresolvedSeconds: number;
  readonly needingReview: number;
}

/** A pending operation has evidence: the processor accepted it, and may wait for the payer for days. */
const BACKLOG = `select
  (select coalesce(extract(epoch from clock_timestamp() - min(planned_at)), 0) from payment_operations
    where lease_ends_at is not null and state <> 'pending')::double precision as oldest,
  (select count(*) from payment_operations where state = 'needs_review')::integer as reviews`;

export const readOperationBacklog = async (knex: Knex): Promise<OperationBacklog> => {
  const { rows } = await knex.raw(BACKLOG);
  return { oldestUnresolvedSeconds: Math.max(0, rows[0].oldest), needingReview: rows[0].reviews };
};
