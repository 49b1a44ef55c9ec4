import {
  type Actor,
  type AnyOperation,
  type ClientId,
  type Clock,
  type OperationId,
  type OperationNotInReview,
  type OperationReviews,
  type ReviewDecision,
  toReviewDetails,
} from "@payments/domain";
import { errAsync, ok, okAsync, type ResultAsync } from "neverthrow";
import { appendAuditEvent } from "../audit/in-memory-audit-log.ts";
import type { InMemoryStorage } from "../shared/in-memory-storage.ts";

const notInReview: OperationNotInReview = { type: "operation-not-in-review" };

export class InMemoryOperationReviews implements OperationReviews {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;

  constructor(storage: InMemoryStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  list(limit: number): ResultAsync<readonly AnyOperation[], never> {
    const placeOf = ({ plannedAt, id }: AnyOperation) => `${plannedAt.toISOString()} ${id}`;
    return okAsync(
      this.#inReview()
        .toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
        .slice(0, limit),
    );
  }

  find(clientId: ClientId, id: OperationId): ResultAsync<AnyOperation, OperationNotInReview> {
    const operation = this.#inReview().find((other) => other.id === id && other.clientId === clientId);
    return operation === undefined ? errAsync(notInReview) : okAsync(operation);
  }

  record(operation: AnyOperation, decision: ReviewDecision, actor: Actor): ResultAsync<void, OperationNotInReview> {
    const { clientId, id } = operation;
    return this.find(clientId, id).andThen((found) => {
      const details = toReviewDetails(found, decision);
      appendAuditEvent(this.#storage, this.#clock, { clientId, type: "operation-reviewed", actor, details });
      return ok(undefined);
    });
  }

  #inReview(): readonly AnyOperation[] {
    return this.#storage.operations.filter(({ state }) => state === "needs_review").map(({ operation }) => operation);
  }
}
