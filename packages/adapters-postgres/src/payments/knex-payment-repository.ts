import {
  type ClientId,
  type CredentialNotCurrent,
  type IdempotencyKey,
  MAXIMUM_PAGE_BYTES,
  type Mode,
  type Page,
  type PageRequest,
  type Payment,
  type PaymentFilter,
  type PaymentId,
  type PaymentNotFound,
  type PaymentRepository,
  pageOf,
  type RecordedPayment,
  rehydratePaymentId,
  type StorageUnavailable,
  type StoredApiKey,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { Coalescer } from "../connection/coalescer.ts";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { ReadQueue } from "../connection/read-queue.ts";
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from "./payment-row.ts";
import { PaymentWriter, type Submission, type WriteOutcome } from "./payment-writer.ts";

export interface KnexPaymentRepositoryOptions {
  /** Maximum payments per statement. Default 128. */
  readonly batchSize?: number;
  /** Maximum such statements in flight. Each takes a connection. Default 2. */
  readonly concurrency?: number;
  /** Maximum queued payments. Further ones are rejected at once. Default 4096. */
  readonly queueSize?: number;
  /** Deadline of a payment. One that cannot meet it is rejected instead of being sent. Default 600. */
  readonly answerWithinMs?: number;
  /** The most reads in flight at once; each takes a connection. Half as many for one client. Default 4. */
  readonly readConcurrency?: number;
  /** How long a read may wait for its turn, in milliseconds. Default 1000. */
  readonly readQueueTimeoutMs?: number;
  /** Gets the queues `payments` and `payment-reads`. */
  readonly statistics?: DatabaseStatistics;
}

type ListedRow =
  | (Omit<PaymentRow, "client_id"> & { readonly is_more: false })
  | { readonly is_more: true; readonly id: string | null };

const LIST_PAYMENTS = `select id, amount, currency, description, metadata, created_at, is_more
  from list_payments(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The id of a payment and its time of creation come from one clock, but not from one reading of it. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The smallest or largest UUIDv7 of a time. */
const idAt = (time: Date, rest: "0" | "f"): string => {
  const milliseconds = Math.min(Math.max(time.getTime(), 0), 2 ** 48 - 1);
  const hex = milliseconds.toString(16).padStart(12, "0") + rest.repeat(20);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};

const shifted = (time: Date, milliseconds: number): Date => new Date(time.getTime() + milliseconds);

/** In the order of the function's last parameters. */
const filterParameters = ({ status, idempotencyKey, createdAfter, createdBefore }: PaymentFilter) => [
  status ?? null,
  idempotencyKey ?? null,
  createdAfter ?? null,
  createdBefore ?? null,
  idAt(createdAfter === undefined ? new Date(0) : shifted(createdAfter, -CLOCK_TOLERANCE_MS), "0"),
  createdBefore === undefined
    ? idAt(new Date(2 ** 48 - 1), "f")
    : idAt(shifted(createdBefore, CLOCK_TOLERANCE_MS), "f"),
];

/** Half of what 64 concurrent callers send. The other half is read while these are stored. */
const EARLY_SIZE = 32;

/**
 * Payments in the table `payments`. Concurrent payments are stored by one statement, and each succeeds or fails alone. A
 * payment rejected in the queue is `storage-unavailable`.
 */
export class KnexPaymentRepository implements PaymentRepository {
  readonly #knex: Knex;
  readonly #submissions: Coalescer<Submission, WriteOutcome>;
  readonly #reads: ReadQueue;

  constructor(knex: Knex, options: KnexPaymentRepositoryOptions = {}) {
    const { batchSize = 128, concurrency = 2, queueSize = 4_096, answerWithinMs = 600 } = options;
    const { readConcurrency = 4, readQueueTimeoutMs = 1_000 } = options;
    const writer = new PaymentWriter(knex);
    this.#knex = knex;
    options.statistics?.addQueue("payments", () => this.#submissions.statistics());
    options.statistics?.addQueue("payment-reads", () => this.#reads.statistics());
    this.#reads = new ReadQueue({
      concurrency: readConcurrency,
      concurrencyPerClient: Math.ceil(readConcurrency / 2),
      queueSize,
      queueTimeoutMs: readQueueTimeoutMs,
    });
    this.#submissions = new Coalescer((batch) => writer.write(batch), {
      batchSize,
      earlySize: EARLY_SIZE,
      concurrency,
      queueSize,
      answerWithinMs,
    });
  }

  /** The event gets its mode from the client, which keeps it. */
  create(
    payment: Payment,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    _mode: Mode,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent | StorageUnavailable> {
    const outcome = this.#submissions.add({ payment, credential, idempotencyKey });
    return new ResultAsync(
      outcome.then(
        (settled) => {
          if ("thrown" in settled) throw settled.thrown;
          return settled;
        },
        (error: unknown) => err(unavailableOrThrow(error)),
      ),
    );
  }

  find(clientId: ClientId, id: PaymentId): ResultAsync<Payment, PaymentNotFound | StorageUnavailable> {
    const statement = () =>
      this.#knex<PaymentRow & { bucket: number }>("payments")
        .where({ bucket: bucketOf(clientId), client_id: clientId, id: toUuid(id) })
        .first(...PAYMENT_COLUMNS);
    return ResultAsync.fromPromise(this.#reads.run(clientId, statement), unavailableOrThrow).andThen((row) =>
      row === undefined ? err({ type: "payment-not-found" as const }) : ok(toPayment(row)),
    );
  }

  list(
    clientId: ClientId,
    request: PageRequest<PaymentId>,
    filter: PaymentFilter = {},
  ): ResultAsync<Page<Payment, PaymentId>, StorageUnavailable> {
    const { limit, after, before } = request;
    const [afterId, beforeId] = [after, before].map((id) => (id === null ? null : toUuid(id)));
    const parameters = [
      bucketOf(clientId),
      clientId,
      afterId,
      beforeId,
      limit,
      MAXIMUM_PAGE_BYTES,
      ...filterParameters(filter),
    ];
    const statement = (): PromiseLike<{ readonly rows: readonly ListedRow[] }> =>
      this.#knex.raw(LIST_PAYMENTS, parameters as Knex.Value[]);
    return ResultAsync.fromPromise(this.#reads.run(clientId, statement), unavailableOrThrow).map(({ rows }) => {
      const last = rows.at(-1);
      const payments = rows.flatMap((row) => (row.is_more ? [] : toPayment({ ...row, client_id: clientId })));
      const page = pageOf(payments, request, last?.is_more ?? false);
      if (!last?.is_more || last.id === null) return page;
      const stoppedAt = rehydratePaymentId(last.id);
      return before === null ? { ...page, next: stoppedAt } : { ...page, previous: stoppedAt };
    });
  }
}

/** Counts the payments of a client, or of all. It reads them all, so it may exceed the statement timeout. */
export const countPayments = async (knex: Knex, clientId: ClientId | undefined): Promise<number> => {
  const payments = knex("payments").count();
  const counted =
    clientId === undefined ? payments : payments.where({ bucket: bucketOf(clientId), client_id: clientId });
  const [row] = await sanitized(counted);
  return Number(row?.["count"]);
};
