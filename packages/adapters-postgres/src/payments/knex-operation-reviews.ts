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
