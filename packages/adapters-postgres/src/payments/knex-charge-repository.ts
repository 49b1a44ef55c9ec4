import {
  type AnyAuthorization,
  type AnyOperation,
  type Charge,
  type ChargeRepository,
  type ClientId,
  type CredentialNotCurrent,
  type Fact,
  type IdempotencyKey,
  type IdempotencyKeyReused,
  type Mode,
  type Payment,
  type PaymentId,
  type PaymentNotFound,
  type PlannedOperation,
  type ProcessorReference,
  type ProcessorReport,
  type RecordedPayment,
  type Refund,
  type RefundId,
  type RefundNotFound,
  rehydratePaymentId,
  type Settlement,
  type StorageUnavailable,
  type StoredApiKey,
  type TrackedOperation,
  toStoredOperation,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { Coalescer } from "../connection/coalescer.ts";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import {
  byPayment,
  type ChargeHistory,
  type FactRow,
  factParameters,
  type OperationRow,
  type RefundRow,
  toCharge,
  toOperation,
  toRefund,
} from "./charge-row.ts";
import {
  type ChargeSubmission,
  CLAIM,
  CREATE_CHARGES,
  FACTS,
  LOCK,
  OPERATIONS,
  REPORT,
  reusedOrUnavailable,
  SETTLE,
} from "./charge-statements.ts";
import { PaymentWriter, type WriteOutcome } from "./payment-writer.ts";

const paymentNotFound: PaymentNotFound = { type: "payment-not-found" };
const refundNotFound: RefundNotFound = { type: "refund-not-found" };

/** Charges in `payment_operations`, `payment_facts` and `refunds`. Payments created together share a statement. */
export class KnexChargeRepository implements ChargeRepository {
  readonly #knex: Knex;
  readonly #submissions: Coalescer<ChargeSubmission, WriteOutcome>;

  constructor(knex: Knex, options: { readonly statistics?: DatabaseStatistics } = {}) {
    this.#knex = knex;
    const writer = new PaymentWriter(knex, CREATE_CHARGES);
    options.statistics?.addQueue("charges", () => this.#submissions.statistics());
    const queue = { batchSize: 128, earlySize: 32, concurrency: 2, queueSize: 4_096, answerWithinMs: 600 };
    this.#submissions = new Coalescer((batch) => writer.write(batch), queue);
  }

  create(
    payment: Payment,
    authorization: AnyAuthorization,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    leaseMs: number,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent | StorageUnavailable> {
    const outcome = this.#submissions.add({ payment, authorization, credential, idempotencyKey, leaseMs });
    return ResultAsync.fromPromise(outcome, unavailableOrThrow).andThen((settled) => {
      if ("thrown" in settled) throw settled.thrown;
      return settled;
    });
  }

  find(
    clientId: ClientId,
    payments: readonly PaymentId[],
  ): ResultAsync<ReadonlyMap<PaymentId, Charge>, StorageUnavailable> {
    return ResultAsync.fromPromise(this.#histories(this.#knex, clientId, payments), unavailableOrThrow).map(
      (histories) => new Map([...histories].map(([id, { charge }]) => [id, charge])),
    );
  }

  plan<Failure>(
    clientId: ClientId,
    payment: PaymentId,
    leaseMs: number,
    decide: (charge: Charge, operations: readonly TrackedOperation[]) => Result<PlannedOperation, Failure>,
  ): ResultAsync<PlannedOperation, Failure | PaymentNotFound | IdempotencyKeyReused | StorageUnavailable> {
    const planned = this.#knex.transaction(
      async (trx): Promise<Result<PlannedOperation, Failure | PaymentNotFound>> => {
        await sanitized(trx.raw(LOCK, [bucketOf(clientId), clientId, toUuid(payment)]));
        const history = (await this.#histories(trx, clientId, [payment])).get(payment);
        if (history === undefined) return err(paymentNotFound);
        const tracked = history.operations.map((row) => ({ operation: toOperation(row), state: row.state }));
        const decided = decide(history.charge, tracked);
        if (decided.isOk()) await this.#store(trx, decided.value, leaseMs);
        return decided;
      },
    );
    return ResultAsync.fromPromise(planned, reusedOrUnavailable).andThen((result) => result);
  }

  settle(operation: AnyOperation, settlement: Settlement): ResultAsync<Charge, StorageUnavailable> {
    const { clientId, paymentId, id } = operation;
    const { state, retryInMs, processorPayment, facts } = settlement;
    const more = { id: toUuid(id), state, retryInMs };
    return this.#storeFacts(SETTLE, clientId, paymentId, processorPayment, facts, more).map((charge) => {
      if (charge === undefined) throw new RangeError("a settled operation belongs to a stored charge");
      return charge;
    });
  }

  report(
    clientId: ClientId,
    id: PaymentId,
    { payment, facts }: ProcessorReport,
  ): ResultAsync<Charge, PaymentNotFound | StorageUnavailable> {
    return this.#storeFacts(REPORT, clientId, id, payment, facts).andThen((charge) =>
      charge === undefined ? err(paymentNotFound) : ok(charge),
    );
  }

  claim(mode: Mode, limit: number, leaseMs: number): ResultAsync<readonly TrackedOperation[], StorageUnavailable> {
    const statement = sanitized(this.#knex.raw(CLAIM, [leaseMs, mode, limit]));
    return ResultAsync.fromPromise(statement, unavailableOrThrow).map(({ rows }: { rows: readonly OperationRow[] }) =>
      rows.map((row) => ({ operation: toOperation(row), state: row.state })),
    );
  }

  listRefunds(clientId: ClientId, payment: PaymentId): ResultAsync<readonly Refund[], StorageUnavailable> {
    return this.#refunds(clientId, "payment_id", toUuid(payment));
  }

  findRefund(clientId: ClientId, id: RefundId): ResultAsync<Refund, RefundNotFound | StorageUnavailable> {
    return this.#refunds(clientId, "id", toUuid(id)).andThen(([refund]) =>
      refund === undefined ? err(refundNotFound) : ok(refund),
    );
  }

  #refunds(
    clientId: ClientId,
    column: "id" | "payment_id",
    value: string,
  ): ResultAsync<readonly Refund[], StorageUnavailable> {
    const read = async (): Promise<readonly Refund[]> => {
      const rows: readonly RefundRow[] = await sanitized(
        this.#knex("refunds")
          .where({ bucket: bucketOf(clientId), client_id: clientId, [column]: value })
          .orderBy("id", "desc"),
      );
      const [row] = rows;
      if (row === undefined) return [];
      const [history] = (await this.#histories(this.#knex, clientId, [rehydratePaymentId(row.payment_id)])).values();
      if (history === undefined) return [];
      return rows.flatMap((refund) => {
        const request = history.operations.find(({ id }) => id === refund.operation_id);
        return request === undefined ? [] : [toRefund(refund, history.charge, request.state)];
      });
    };
    return ResultAsync.fromPromise(read(), unavailableOrThrow);
  }

  #storeFacts(
    statement: string,
    clientId: ClientId,
    payment: PaymentId,
    processorPayment: ProcessorReference | null,
    facts: readonly Fact[],
    more: object = {},
  ): ResultAsync<Charge | undefined, StorageUnavailable> {
    const parameters = {
      bucket: bucketOf(clientId),
      clientId,
      payment: toUuid(payment),
      processorPayment,
      ...factParameters(facts),
      ...more,
    };
    const stored = sanitized(this.#knex.raw(statement, parameters as never));
    const read = stored.then(() => this.#histories(this.#knex, clientId, [payment]));
    return ResultAsync.fromPromise(read, unavailableOrThrow).map((histories) => histories.get(payment)?.charge);
  }

  async #histories(
    knex: Knex,
    clientId: ClientId,
    payments: readonly PaymentId[],
  ): Promise<ReadonlyMap<PaymentId, ChargeHistory>> {
    const parameters = [bucketOf(clientId), clientId, textArray(payments.map(toUuid))];
    const { rows }: { rows: readonly OperationRow[] } = await sanitized(knex.raw(OPERATIONS, parameters));
    const { rows: facts }: { rows: readonly FactRow[] } = await sanitized(knex.raw(FACTS, parameters));
    const operationsOf = byPayment(rows);
    const factsOf = byPayment(facts);
    const histories = payments.map((id) => {
      const operations = operationsOf.get(toUuid(id)) ?? [];
      const charge = toCharge(operations, factsOf.get(toUuid(id)) ?? []);
      return charge === undefined ? [] : [[id, { charge, operations }] as const];
    });
    return new Map(histories.flat());
  }

  async #store(trx: Knex, { operation, refund }: PlannedOperation, leaseMs: number): Promise<void> {
    const { uuid, paymentUuid, clientId, mode, kind, parameters, plannedAt } = toStoredOperation(operation);
    const owner = { bucket: bucketOf(clientId), client_id: clientId, payment_id: paymentUuid };
    await sanitized(
      trx("payment_operations").insert({
        ...owner,
        id: uuid,
        mode,
        kind,
        state: "planned",
        parameters: JSON.stringify(parameters),
        planned_at: plannedAt,
        lease_ends_at: trx.raw("clock_timestamp() + ? * interval '1 millisecond'", [leaseMs]),
      }),
    );
    if (refund === null) return;
    await sanitized(
      trx("refunds").insert({
        ...owner,
        id: toUuid(refund.id),
        operation_id: uuid,
        amount: refund.money.amount.toString(),
        currency: refund.money.currency,
        reason: refund.reason,
        created_at: refund.createdAt,
      }),
    );
  }
}
