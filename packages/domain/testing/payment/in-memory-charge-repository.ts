import {
  type AnyAuthorization,
  type AnyOperation,
  type Charge,
  type ChargeRepository,
  type ClientId,
  type Clock,
  type CredentialNotCurrent,
  type Fact,
  fingerprintOf,
  type IdempotencyKey,
  type IdempotencyKeyReused,
  isUnresolved,
  type Mode,
  type Payment,
  type PaymentId,
  type PaymentNotFound,
  type PlannedOperation,
  type ProcessorReport,
  type RecordedPayment,
  type Refund,
  type RefundId,
  type RefundNotFound,
  refundStatus,
  rehydrateCharge,
  type Settlement,
  type StoredApiKey,
  type TrackedOperation,
} from "@payments/domain";
import { errAsync, okAsync, type Result, type ResultAsync } from "neverthrow";
import type { InMemoryStorage, StoredOperation } from "../shared/in-memory-storage.ts";
import { InMemoryPaymentRepository } from "./in-memory-payment-repository.ts";

export class InMemoryChargeRepository implements ChargeRepository {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;
  readonly #payments: InMemoryPaymentRepository;

  constructor(storage: InMemoryStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
    this.#payments = new InMemoryPaymentRepository(storage, clock);
  }

  create(
    payment: Payment,
    authorization: AnyAuthorization,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    leaseMs: number,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent> {
    return this.#payments.create(payment, credential, idempotencyKey).map((recorded) => {
      if (!recorded.replayed) this.#store(authorization, leaseMs);
      return recorded;
    });
  }

  find(clientId: ClientId, payments: readonly PaymentId[]): ResultAsync<ReadonlyMap<PaymentId, Charge>, never> {
    const charges = payments.map((id) => [id, this.#chargeOf(clientId, id)] as const);
    return okAsync(new Map(charges.filter((entry): entry is [PaymentId, Charge] => entry[1] !== undefined)));
  }

  plan<Failure>(
    clientId: ClientId,
    payment: PaymentId,
    leaseMs: number,
    decide: (charge: Charge, operations: readonly TrackedOperation[]) => Result<PlannedOperation, Failure>,
  ): ResultAsync<PlannedOperation, Failure | PaymentNotFound | IdempotencyKeyReused> {
    const charge = this.#chargeOf(clientId, payment);
    if (charge === undefined) return errAsync({ type: "payment-not-found" });
    return decide(charge, this.#operationsOf(payment)).match<
      ResultAsync<PlannedOperation, Failure | IdempotencyKeyReused>
    >((planned) => {
      if (this.#isKeyUsed(planned.operation)) return errAsync({ type: "idempotency-key-reused" });
      this.#store(planned.operation, leaseMs);
      if (planned.refund !== null) this.#storage.refunds.push(planned.refund);
      return okAsync(planned);
    }, errAsync);
  }

  settle(
    { id, clientId, paymentId }: AnyOperation,
    { state, retryInMs, processorPayment, facts }: Settlement,
  ): ResultAsync<Charge, never> {
    const stored = this.#storage.operations.find(({ operation }) => operation.id === id) as StoredOperation;
    if (isUnresolved(stored.state)) {
      stored.state = state;
      stored.leaseEndsAt = retryInMs === null ? null : this.#clock.now().getTime() + retryInMs;
    }
    stored.processorPayment ??= processorPayment;
    this.#addFacts(paymentId, facts);
    return okAsync(this.#chargeOf(clientId, paymentId) as Charge);
  }

  report(
    clientId: ClientId,
    payment: PaymentId,
    { payment: processorPayment, facts }: ProcessorReport,
  ): ResultAsync<Charge, PaymentNotFound> {
    if (this.#chargeOf(clientId, payment) === undefined) return errAsync({ type: "payment-not-found" });
    for (const stored of this.#operationsOf(payment)) stored.processorPayment ??= processorPayment;
    this.#addFacts(payment, facts);
    return okAsync(this.#chargeOf(clientId, payment) as Charge);
  }

  claim(mode: Mode, limit: number, leaseMs: number): ResultAsync<readonly TrackedOperation[], never> {
    const now = this.#clock.now().getTime();
    const due = this.#storage.operations
      .filter(({ operation }) => operation.mode === mode)
      .filter(({ leaseEndsAt }) => leaseEndsAt !== null && leaseEndsAt <= now)
      .sort((one, other) => Number(one.leaseEndsAt) - Number(other.leaseEndsAt))
      .slice(0, limit);
    const claimed = due.map(({ operation, state }) => ({ operation, state }));
    for (const operation of due) {
      operation.leaseEndsAt = now + leaseMs;
      if (operation.state === "deferred") operation.state = "planned";
    }
    return okAsync(claimed);
  }

  listRefunds(clientId: ClientId, payment: PaymentId): ResultAsync<readonly Refund[], never> {
    const refunds = this.#storage.refunds.filter(
      (refund) => refund.clientId === clientId && refund.paymentId === payment,
    );
    return okAsync(refunds.toReversed().map((refund) => this.#withStatus(refund)));
  }

  findRefund(clientId: ClientId, id: RefundId): ResultAsync<Refund, RefundNotFound> {
    const refund = this.#storage.refunds.find((candidate) => candidate.clientId === clientId && candidate.id === id);
    return refund === undefined ? errAsync({ type: "refund-not-found" }) : okAsync(this.#withStatus(refund));
  }

  #addFacts(payment: PaymentId, facts: readonly Fact[]): void {
    const known = this.#storage.facts.get(payment) ?? [];
    const fingerprints = new Set(known.map(fingerprintOf));
    this.#storage.facts.set(payment, [...known, ...facts.filter((fact) => !fingerprints.has(fingerprintOf(fact)))]);
  }

  #withStatus(refund: Omit<Refund, "status">): Refund {
    const { state } = this.#chargeOf(refund.clientId, refund.paymentId) as Charge;
    const request = this.#storage.operations.find(
      ({ operation }) => operation.kind === "refund" && operation.refundId === refund.id,
    ) as StoredOperation;
    return { ...refund, status: refundStatus(state, refund, request.state) };
  }

  #store(operation: AnyOperation, leaseMs: number): void {
    const leaseEndsAt = this.#clock.now().getTime() + leaseMs;
    this.#storage.operations.push({ operation, state: "planned", leaseEndsAt, processorPayment: null });
  }

  #isKeyUsed({ clientId, ...planned }: AnyOperation): boolean {
    const key = "request" in planned ? planned.request?.key : undefined;
    const sameClient = this.#storage.operations.filter(({ operation }) => operation.clientId === clientId);
    return (
      key !== undefined &&
      sameClient.some(({ operation }) => operation.kind !== "authorize" && operation.request?.key === key)
    );
  }

  #operationsOf(payment: PaymentId): StoredOperation[] {
    return this.#storage.operations.filter(({ operation }) => operation.paymentId === payment);
  }

  #chargeOf(clientId: ClientId, payment: PaymentId): Charge | undefined {
    for (const { operation, processorPayment } of this.#operationsOf(payment)) {
      if (operation.kind !== "authorize" || operation.clientId !== clientId) continue;
      return rehydrateCharge(operation, processorPayment, this.#storage.facts.get(payment) ?? []);
    }
    return undefined;
  }
}
