import {
  type AnyAuthorization,
  type AnyOperation,
  type Charge,
  type ChargeChange,
  type ChargeHistory,
  type ChargeRepository,
  type ClaimedOperation,
  type ClientId,
  type Clock,
  type CredentialNotCurrent,
  changeOf,
  chargeOf,
  creationOf,
  type IdempotencyKey,
  type IdempotencyKeyReused,
  type IdGenerator,
  isUnresolved,
  type Mode,
  newHistory,
  type OperationState,
  type Payment,
  type PaymentId,
  type PaymentNotFound,
  type PlannedOperation,
  type ProcessorReport,
  type RecordedPayment,
  type Refund,
  type RefundId,
  type RefundNotFound,
  refundsOf,
  type Settlement,
  type StartedOperation,
  type StoredApiKey,
  type TrackedOperation,
  toPlanDetails,
  withNotice,
  withPlanned,
  withSettlement,
} from "@payments/domain";
import { errAsync, okAsync, type Result, type ResultAsync } from "neverthrow";
import { appendAuditEvent } from "../audit/in-memory-audit-log.ts";
import { SequentialIds } from "../shared/clock-and-ids.ts";
import type { InMemoryStorage, StoredOperation } from "../shared/in-memory-storage.ts";
import { InMemoryPaymentRepository } from "./in-memory-payment-repository.ts";

export class InMemoryChargeRepository implements ChargeRepository {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;
  readonly #ids: IdGenerator;
  readonly #payments: InMemoryPaymentRepository;

  constructor(storage: InMemoryStorage, clock: Clock, ids: IdGenerator = new SequentialIds()) {
    this.#storage = storage;
    this.#clock = clock;
    this.#ids = ids;
    this.#payments = new InMemoryPaymentRepository(storage, clock);
  }

  create(
    payment: Payment,
    authorization: AnyAuthorization,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    leaseMs: number,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent> {
    const history = newHistory(payment, authorization);
    const creation = creationOf(payment, authorization.mode, chargeOf(history));
    return this.#payments.record(payment, credential, idempotencyKey, creation).map((recorded) => {
      if (!recorded.replayed) {
        this.#plan(authorization, leaseMs);
        this.#storage.charged.set(payment.id, history);
      }
      return recorded;
    });
  }

  find(clientId: ClientId, payments: readonly PaymentId[]): ResultAsync<ReadonlyMap<PaymentId, Charge>, never> {
    const histories = payments.map((id) => this.#historyOf(clientId, id)).filter((history) => history !== undefined);
    return okAsync(new Map(histories.map((history) => [history.payment.id, chargeOf(history)])));
  }

  plan<Failure>(
    clientId: ClientId,
    payment: PaymentId,
    leaseMs: number,
    decide: (charge: Charge, operations: readonly TrackedOperation[]) => Result<PlannedOperation, Failure>,
  ): ResultAsync<StartedOperation, Failure | PaymentNotFound | IdempotencyKeyReused> {
    const history = this.#historyOf(clientId, payment);
    if (history === undefined) return errAsync({ type: "payment-not-found" });
    return decide(chargeOf(history), history.operations).match<
      ResultAsync<StartedOperation, Failure | IdempotencyKeyReused>
    >((planned) => {
      if (this.#isKeyUsed(planned.operation)) return errAsync({ type: "idempotency-key-reused" });
      const change = this.#changeOf(history, withPlanned(history, planned));
      this.#plan(planned.operation, leaseMs);
      this.#store(change);
      if (planned.actor !== undefined) {
        const event = { clientId, actor: planned.actor, details: toPlanDetails(planned.operation) };
        appendAuditEvent(this.#storage, this.#clock, { ...event, type: "operation-planned" });
      }
      return okAsync({ ...planned, history: change.after });
    }, errAsync);
  }

  settle(operation: AnyOperation, settlement: Settlement): ResultAsync<Charge, never> {
    const { state, retryInMs, processorPayment } = settlement;
    const history = this.#historyOf(operation.clientId, operation.paymentId) as ChargeHistory;
    const change = this.#changeOf(history, withSettlement(history, operation.id, settlement));
    const stored = this.#storage.operations.find((other) => other.operation.id === operation.id) as StoredOperation;
    if (isUnresolved(stored.state)) {
      stored.state = state;
      stored.leaseEndsAt = retryInMs === null ? null : this.#clock.now().getTime() + retryInMs;
    }
    stored.processorPayment ??= processorPayment;
    this.#store(change);
    return okAsync(change.charge);
  }

  report(clientId: ClientId, payment: PaymentId, report: ProcessorReport): ResultAsync<Charge, PaymentNotFound> {
    const history = this.#historyOf(clientId, payment);
    if (history === undefined) return errAsync({ type: "payment-not-found" });
    const change = this.#changeOf(history, withNotice(history, report));
    const authorization = this.#operationsOf(payment).find(({ operation }) => operation.kind === "authorize");
    if (authorization !== undefined) authorization.processorPayment ??= report.payment;
    this.#store(change);
    return okAsync(change.charge);
  }

  claim(mode: Mode, limit: number, leaseMs: number): ResultAsync<readonly ClaimedOperation[], never> {
    const now = this.#clock.now().getTime();
    const due = this.#storage.operations
      .filter(({ operation }) => operation.mode === mode)
      .filter(({ leaseEndsAt }) => leaseEndsAt !== null && leaseEndsAt <= now)
      .sort((one, other) => Number(one.leaseEndsAt) - Number(other.leaseEndsAt))
      .slice(0, limit);
    const states = due.map(({ state }) => state);
    for (const operation of due) {
      operation.leaseEndsAt = now + leaseMs;
      if (operation.state === "deferred") operation.state = "planned";
    }
    const claimed = due.map(({ operation }, index) => ({
      operation,
      state: states[index] as OperationState,
      history: this.#historyOf(operation.clientId, operation.paymentId) as ChargeHistory,
    }));
    return okAsync(claimed);
  }

  listRefunds(clientId: ClientId, payment: PaymentId): ResultAsync<readonly Refund[], never> {
    const history = this.#historyOf(clientId, payment);
    return okAsync(history === undefined ? [] : refundsOf(history, chargeOf(history)).toReversed());
  }

  findRefund(clientId: ClientId, id: RefundId): ResultAsync<Refund, RefundNotFound> {
    const stored = this.#storage.refunds.find((refund) => refund.id === id);
    const history = stored && this.#historyOf(clientId, stored.paymentId);
    const refund = history && refundsOf(history, chargeOf(history)).find((candidate) => candidate.id === id);
    return refund === undefined ? errAsync({ type: "refund-not-found" }) : okAsync(refund);
  }

  #changeOf(before: ChargeHistory, later: ChargeHistory): ChargeChange {
    return changeOf(before, later, this.#ids, this.#clock.now());
  }

  #plan(operation: AnyOperation, leaseMs: number): void {
    const leaseEndsAt = this.#clock.now().getTime() + leaseMs;
    this.#storage.operations.push({ operation, state: "planned", leaseEndsAt, processorPayment: null });
  }

  #store({ before, after, events }: ChargeChange): void {
    const { id } = after.payment;
    this.#storage.charged.set(id, after);
    this.#storage.facts.set(id, [...after.facts]);
    this.#storage.refunds.push(...after.refunds.slice(before.refunds.length));
    this.#storage.events.push(...events);
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

  #historyOf(clientId: ClientId, id: PaymentId): ChargeHistory | undefined {
    const payment = this.#storage.payments.find((stored) => stored.payment.id === id)?.payment;
    const charged = this.#storage.charged.get(id);
    if (payment?.clientId !== clientId || charged === undefined) return undefined;
    const operations = this.#operationsOf(id);
    const request = operations.find(({ operation }) => operation.kind === "authorize");
    const { version, sequence, disputes } = charged;
    return {
      payment,
      authorization: request?.operation as AnyAuthorization,
      processorPayment: request?.processorPayment ?? null,
      operations: operations.map(({ operation, state }) => ({ operation, state })),
      facts: this.#storage.facts.get(id) ?? [],
      refunds: this.#storage.refunds.filter(({ paymentId }) => paymentId === id),
      disputes,
      version,
      sequence,
    };
  }
}
