import { errAsync, ok, okAsync, type Result, type ResultAsync } from "neverthrow";
import type { Actor, AuditDetails } from "../audit/audit-event.ts";
import type { ClientId } from "../client/client.ts";
import type { Brand } from "../shared/brand.ts";
import type { Clock } from "../shared/clock.ts";
import { isTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { parseText } from "../shared/text.ts";
import type { Charge } from "./charge.ts";
import type { ChargeRepository } from "./charge-repository.ts";
import type { ProcessorReference } from "./facts.ts";
import type { AnyOperation, OperationId } from "./operation.ts";
import type { NotAtProcessor, ProcessorError, ProcessorReport, Processors } from "./payment-processor.ts";
import { type NoProcessor, refusalOf } from "./run-operation.ts";

export type ReviewReason = Brand<string, "ReviewReason">;

export const MAXIMUM_REVIEW_REASON_LENGTH = 500;

export const parseReviewReason = (raw: string): Result<ReviewReason, InvalidValue> =>
  parseText(raw, MAXIMUM_REVIEW_REASON_LENGTH).andThen((text) =>
    text.trim() === ""
      ? invalidValue("must have at least one character that is not a blank")
      : ok(text as ReviewReason),
  );

export const parseOperationId = (raw: string): Result<OperationId, InvalidValue> =>
  isTypeId("op", raw) ? ok(raw as OperationId) : invalidValue("must be the id of an operation, such as op_…");

/** What an operator found out about an operation without evidence. */
export interface ReviewDecision {
  /** `succeeded`: the processor executed it. `declined`: the processor never did, and never will. */
  readonly outcome: "succeeded" | "declined";
  readonly reason: ReviewReason;
  /** The processor's id of the payment, which an authorization that succeeded needs. */
  readonly payment: ProcessorReference | null;
}

/** What the audit event of a decision says. */
export const toReviewDetails = (
  { id, paymentId, kind }: AnyOperation,
  { outcome, reason, payment }: ReviewDecision,
): AuditDetails => ({ operationId: id, paymentId, kind, outcome, reason, processorPayment: payment });

/** No operation of the client with this id needs a review. */
export interface OperationNotInReview {
  readonly type: "operation-not-in-review";
}

/** An authorization that succeeded created a payment at the processor, whose id is missing. */
export interface ProcessorPaymentMissing {
  readonly type: "processor-payment-missing";
}

/** The operations of all clients whose outcome an operator must decide. Any method may fail with `storage-unavailable`. */
export interface OperationReviews {
  /** The operations that need a review, the longest waiting first. */
  list(limit: number): ResultAsync<readonly AnyOperation[], StorageUnavailable>;

  find(clientId: ClientId, id: OperationId): ResultAsync<AnyOperation, OperationNotInReview | StorageUnavailable>;

  /** Stores an audit event of the decision, before it takes effect. */
  record(
    operation: AnyOperation,
    decision: ReviewDecision,
    actor: Actor,
  ): ResultAsync<void, OperationNotInReview | StorageUnavailable>;
}

export type ReviewOperationError =
  | OperationNotInReview
  | ProcessorPaymentMissing
  | NotAtProcessor
  | NoProcessor
  | ProcessorError
  | StorageUnavailable;

/**
 * Resolves operations that stayed without evidence. A decision moves no money. For one that succeeded, the facts are
 * what the processor reports about the payment, so a wrong decision stores nothing that did not happen.
 */
export class ReviewOperation {
  readonly #reviews: OperationReviews;
  readonly #charges: ChargeRepository;
  readonly #processors: Processors;
  readonly #clock: Clock;

  constructor(reviews: OperationReviews, charges: ChargeRepository, processors: Processors, clock: Clock) {
    this.#reviews = reviews;
    this.#charges = charges;
    this.#processors = processors;
    this.#clock = clock;
  }

  execute(
    client: ClientId,
    id: OperationId,
    decision: ReviewDecision,
    actor: Actor,
  ): ResultAsync<Charge, ReviewOperationError> {
    return this.#reviews
      .find(client, id)
      .andThen((operation) => this.#evidenceFor(operation, decision).map((report) => ({ operation, report })))
      .andThen(({ operation, report }) =>
        this.#reviews.record(operation, decision, actor).andThen(() =>
          this.#charges.settle(
            operation,
            {
              state: decision.outcome,
              retryInMs: null,
              processorPayment: report?.payment ?? null,
              facts: report?.facts ?? (operation.kind === "authorize" ? refusalOf(operation, this.#clock.now()) : []),
            },
            null,
          ),
        ),
      );
  }

  /** Null for an operation that had no effect. */
  #evidenceFor(
    operation: AnyOperation,
    { outcome, payment }: ReviewDecision,
  ): ResultAsync<ProcessorReport | null, ReviewOperationError> {
    if (outcome === "declined") return okAsync(null);
    const reference = operation.kind === "authorize" ? payment : operation.payment;
    if (reference === null) return errAsync({ type: "processor-payment-missing" });
    const processor = this.#processors[operation.mode];
    return processor === null ? errAsync({ type: "no-processor" }) : processor.retrieve(reference, operation.account);
  }
}
