import type { Result, ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { ClientId, Mode } from "../client/client.ts";
import type { StoredApiKey } from "../client/credentials.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { AnyAuthorization, Charge, TrackedOperation } from "./charge.ts";
import type { ChargeHistory } from "./charge-history.ts";
import type { IdempotencyKeyReused } from "./create-payment.ts";
import type { Fact, ProcessorReference } from "./facts.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { AnyOperation, OperationState } from "./operation.ts";
import type { Payment, PaymentId, PaymentNotFound } from "./payment.ts";
import type { ProcessorReport } from "./payment-processor.ts";
import type { CredentialNotCurrent, RecordedPayment } from "./payment-repository.ts";
import type { Refund, RefundId, RefundNotFound } from "./refund.ts";

/** An operation to store, with the refund that it is for. */
export interface PlannedOperation {
  readonly operation: AnyOperation;
  readonly refund: Omit<Refund, "status"> | null;
  /** Who planned it, if not the client. Storage then appends an audit event together with the operation. */
  readonly actor?: Actor;
}

/** What became of an attempt. */
export interface Settlement {
  readonly state: OperationState;
  /** When a driver takes the operation up again; null: never. */
  readonly retryInMs: number | null;
  readonly processorPayment: ProcessorReference | null;
  readonly facts: readonly Fact[];
}

/** A planned operation, as the process that planned it hands it to `settle`. */
export interface StartedOperation extends PlannedOperation {
  /** As stored with the operation. */
  readonly history: ChargeHistory;
}

/** An operation to continue, with what is stored of its payment. */
export interface ClaimedOperation extends TrackedOperation {
  readonly history: ChargeHistory;
}

/**
 * The operations and facts of charged payments. Each change is stored together with the events that `changeOf` derives
 * from it, or not at all. A planned operation is leased: no driver claims it before the lease ends. Any method
 * may fail with `storage-unavailable`.
 */
export interface ChargeRepository {
  /**
   * As `PaymentRepository.create`, and stores the authorization with the payment or not at all. A replayed payment
   * keeps its own authorization.
   */
  create(
    payment: Payment,
    authorization: AnyAuthorization,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    leaseMs: number,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent | StorageUnavailable>;

  /** The charges of those of the client's payments that have one. */
  find(
    clientId: ClientId,
    payments: readonly PaymentId[],
  ): ResultAsync<ReadonlyMap<PaymentId, Charge>, StorageUnavailable>;

  /**
   * Stores the operation that `decide` plans from the payment's charge and operations, or nothing if it fails. Plans
   * for one payment take turns: each sees what the one before stored. `payment-not-found` for a payment without a
   * charge, as for another client's. `idempotency-key-reused` if an operation on another of the client's payments has
   * the key of the operation's request; then nothing is stored.
   */
  plan<Failure>(
    clientId: ClientId,
    payment: PaymentId,
    leaseMs: number,
    decide: (charge: Charge, operations: readonly TrackedOperation[]) => Result<PlannedOperation, Failure>,
  ): ResultAsync<StartedOperation, Failure | PaymentNotFound | IdempotencyKeyReused | StorageUnavailable>;

  /**
   * Stores state and facts together, ends the lease, and returns the charge with these facts. A fact that is stored
   * already changes nothing. A state that is `succeeded` or `declined` stays.
   *
   * `known`: what the caller knows to be stored, or null. It saves a read, and may be outdated.
   */
  settle(
    operation: AnyOperation,
    settlement: Settlement,
    known: ChargeHistory | null,
  ): ResultAsync<Charge, StorageUnavailable>;

  /**
   * Stores what the processor reported about a payment outside an operation, such as by a notification. A report about
   * another payment of the processor than the charge's own changes nothing. `payment-not-found` for a payment without a
   * charge, as for another client's.
   */
  report(
    clientId: ClientId,
    payment: PaymentId,
    report: ProcessorReport,
  ): ResultAsync<Charge, PaymentNotFound | StorageUnavailable>;

  /**
   * Leases unresolved operations of this mode that no process holds, the longest waiting first. No two calls get the
   * same one. A `deferred` operation is returned as such once, and is `planned` from then on: it may be sent now.
   */
  claim(mode: Mode, limit: number, leaseMs: number): ResultAsync<readonly ClaimedOperation[], StorageUnavailable>;

  /** The refunds of a payment, newest first. Empty for another client's payment. */
  listRefunds(clientId: ClientId, payment: PaymentId): ResultAsync<readonly Refund[], StorageUnavailable>;

  findRefund(clientId: ClientId, id: RefundId): ResultAsync<Refund, RefundNotFound | StorageUnavailable>;
}
