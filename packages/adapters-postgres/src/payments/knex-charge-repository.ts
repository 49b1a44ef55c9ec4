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
  type IdempotencyKey,
  type IdempotencyKeyReused,
  type IdGenerator,
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
  refundsOf,
  type Settlement,
  type StartedOperation,
  type StorageUnavailable,
  type StoredApiKey,
  type TrackedOperation,
  withNotice,
  withPlanned,
  withSettlement,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { appendAuditEvents } from "../audit/audit-statement.ts";
import { Coalescer } from "../connection/coalescer.ts";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { unavailableOrThrow } from "../connection/postgres-error.ts";
import {
  auditEventsOf,
  type ChangeOutcome,
  type Decided,
  type StoredChange,
  storeChanges,
  writeChanges,
} from "./charge-change-writer.ts";
import { findHistories, type HistoryKey, lockHistory, paymentOfRefund, readHistories } from "./charge-histories.ts";
import { type ChargeSubmission, CREATE_CHARGES, reusedOrUnavailable, unreported } from "./charge-statements.ts";
import { claimOperations } from "./claim-operations.ts";
import { PaymentWriter, type WriteOutcome } from "./payment-writer.ts";

const paymentNotFound: PaymentNotFound = { type: "payment-not-found" };

export interface KnexChargeRepositoryOptions {
  /** For events, disputes and refunds that were made outside this service. */
  readonly ids: IdGenerator;
  readonly clock: Clock;
  /** Gets the queues `charges` and `charge-changes`. */
  readonly statistics?: DatabaseStatistics;
}

/**
 * Charges in `charges`, `payment_operations`, `payment_facts`, `refunds` and `disputes`, and their events. Payments
 * created together share a statement, and so do changes, and reads for changes.
 */
export class KnexChargeRepository implements ChargeRepository {
  readonly #knex: Knex;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;
  readonly #submissions: Coalescer<ChargeSubmission, WriteOutcome>;
  readonly #reads: Coalescer<HistoryKey, ChargeHistory | undefined>;
  readonly #changes: Coalescer<StoredChange, ChangeOutcome>;

  constructor(knex: Knex, { ids, clock, statistics }: KnexChargeRepositoryOptions) {
    this.#knex = knex;
    this.#ids = ids;
    this.#clock = clock;
    const writer = new PaymentWriter(knex, CREATE_CHARGES);
    const queue = { batchSize: 128, earlySize: 32, concurrency: 2, queueSize: 4_096 };
    this.#submissions = new Coalescer((batch) => writer.write(batch), { ...queue, answerWithinMs: 600 });
    // The processor has executed the operation, so its result may wait longer than a new payment.
    this.#reads = new Coalescer((batch) => findHistories(knex, batch), { ...queue, answerWithinMs: 5_000 });
    this.#changes = new Coalescer((batch) => writeChanges(knex, batch), { ...queue, answerWithinMs: 5_000 });
    statistics?.addQueue("charges", () => this.#submissions.statistics());
    statistics?.addQueue("charge-changes", () => this.#changes.statistics());
  }

  create(
    payment: Payment,
    authorization: AnyAuthorization,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    leaseMs: number,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent | StorageUnavailable> {
    const { mode } = authorization;
    const charge = unreported(authorization, payment);
    const submission = { payment, authorization, charge, credential, idempotencyKey, mode, leaseMs };
    return ResultAsync.fromPromise(this.#submissions.add(submission), unavailableOrThrow).andThen((outcome) => {
      if ("thrown" in outcome) throw outcome.thrown;
      return outcome;
    });
  }

  find(
    clientId: ClientId,
    payments: readonly PaymentId[],
  ): ResultAsync<ReadonlyMap<PaymentId, Charge>, StorageUnavailable> {
    const keys = payments.map((payment) => ({ clientId, payment }));
    return ResultAsync.fromPromise(readHistories(this.#knex, keys), unavailableOrThrow).map(
      (histories) => new Map(histories.map((history) => [history.payment.id, chargeOf(history)])),
    );
  }

  plan<Failure>(
    clientId: ClientId,
    payment: PaymentId,
    leaseMs: number,
    decide: (charge: Charge, operations: readonly TrackedOperation[]) => Result<PlannedOperation, Failure>,
  ): ResultAsync<StartedOperation, Failure | PaymentNotFound | IdempotencyKeyReused | StorageUnavailable> {
    const planned = this.#underLock(
      clientId,
      payment,
      (history) =>
        decide(chargeOf(history), history.operations).map((plan) => ({
          plan,
          later: withPlanned(history, plan),
          settled: null,
          planned: { operation: plan.operation, leaseMs },
          audited: auditEventsOf(plan),
        })),
      reusedOrUnavailable,
    );
    return planned.map(({ change, decided: { plan } }) => ({ ...plan, history: change.after }));
  }

  settle(
    operation: AnyOperation,
    settlement: Settlement,
    known: ChargeHistory | null,
  ): ResultAsync<Charge, StorageUnavailable> {
    const decide = (history: ChargeHistory): Decided => ({
      later: withSettlement(history, operation.id, settlement),
      settled: { operation, settlement },
      planned: null,
    });
    return this.#change(operation.clientId, operation.paymentId, decide, known).mapErr((error) => {
      if (error.type === "payment-not-found") throw new RangeError("a settled operation belongs to a stored charge");
      return error;
    });
  }

  report(
    clientId: ClientId,
    payment: PaymentId,
    report: ProcessorReport,
  ): ResultAsync<Charge, PaymentNotFound | StorageUnavailable> {
    const decide = (history: ChargeHistory): Decided => ({
      later: withNotice(history, report),
      settled: null,
      planned: null,
    });
    return this.#change(clientId, payment, decide, null);
  }

  claim(mode: Mode, limit: number, leaseMs: number): ResultAsync<readonly ClaimedOperation[], StorageUnavailable> {
    return ResultAsync.fromPromise(claimOperations(this.#knex, mode, limit, leaseMs), unavailableOrThrow);
  }

  listRefunds(clientId: ClientId, payment: PaymentId): ResultAsync<readonly Refund[], StorageUnavailable> {
    return ResultAsync.fromPromise(this.#refunds(clientId, payment), unavailableOrThrow);
  }

  findRefund(clientId: ClientId, id: RefundId): ResultAsync<Refund, RefundNotFound | StorageUnavailable> {
    const read = async (): Promise<Refund | undefined> => {
      const payment = await paymentOfRefund(this.#knex, clientId, id);
      const refunds = payment === undefined ? [] : await this.#refunds(clientId, payment);
      return refunds.find((refund) => refund.id === id);
    };
    return ResultAsync.fromPromise(read(), unavailableOrThrow).andThen((refund) =>
      refund === undefined ? err({ type: "refund-not-found" as const }) : ok(refund),
    );
  }

  async #refunds(clientId: ClientId, payment: PaymentId): Promise<readonly Refund[]> {
    const [history] = await readHistories(this.#knex, [{ clientId, payment }]);
    return history === undefined ? [] : refundsOf(history, chargeOf(history)).toReversed();
  }

  #changeOf(history: ChargeHistory, { later }: Pick<Decided, "later">): ChargeChange {
    return changeOf(history, later, this.#ids, this.#clock.now());
  }

  /** First without a lock, together with other changes. If another change came first, decides again under the lock. */
  #change(
    clientId: ClientId,
    payment: PaymentId,
    decide: (history: ChargeHistory) => Decided,
    known: ChargeHistory | null,
  ): ResultAsync<Charge, PaymentNotFound | StorageUnavailable> {
    type Changed = Pick<ChargeChange, "charge"> | null;
    const attempt = async (): Promise<Result<Changed, PaymentNotFound | StorageUnavailable>> => {
      const history = known ?? (await this.#reads.add({ clientId, payment }));
      if (history === undefined) return err(paymentNotFound);
      const decided = decide(history);
      // Most notifications repeat what a response has said.
      if (decided.later === history && decided.settled === null) return ok({ charge: chargeOf(history) });
      const change = this.#changeOf(history, decided);
      const outcome = await this.#changes.add({ ...decided, change });
      if ("thrown" in outcome) throw outcome.thrown;
      return outcome.map(({ stored }) => (stored ? change : null));
    };
    return ResultAsync.fromPromise(attempt(), unavailableOrThrow)
      .andThen((result) => result)
      .andThen((change) =>
        change === null
          ? this.#underLock(clientId, payment, (history) => ok(decide(history)), unavailableOrThrow).map(
              (stored) => stored.change.charge,
            )
          : ok(change.charge),
      );
  }

  #underLock<Plan extends Decided, Failure, Fault>(
    clientId: ClientId,
    payment: PaymentId,
    decide: (history: ChargeHistory) => Result<Plan, Failure>,
    faultOf: (cause: unknown) => Fault,
  ): ResultAsync<{ readonly change: ChargeChange; readonly decided: Plan }, Failure | PaymentNotFound | Fault> {
    const transaction = this.#knex.transaction(async (trx) => {
      const history = await lockHistory(trx, clientId, payment);
      if (history === undefined) return err(paymentNotFound);
      const decision = decide(history);
      if (decision.isErr()) return err(decision.error);
      const decided = decision.value;
      const change = this.#changeOf(history, decided);
      const stored = await storeChanges(trx, [{ ...decided, change }]);
      if (stored.size === 0) throw new RangeError("a locked charge keeps its version");
      await appendAuditEvents(trx, decided.audited ?? []);
      return ok({ change, decided });
    });
    return ResultAsync.fromPromise(transaction, faultOf).andThen(
      (result): Result<{ readonly change: ChargeChange; readonly decided: Plan }, Failure | PaymentNotFound> => result,
    );
  }
}
