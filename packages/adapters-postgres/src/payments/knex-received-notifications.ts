import {
  type ClientId,
  type NotificationOutcome,
  type PaymentOwner,
  type ProcessorReference,
  type ReceivedNotification,
  type ReceivedNotifications,
  rehydratePaymentId,
  type StorageUnavailable,
} from "@payments/domain";
import type { Knex } from "knex";
import { ResultAsync } from "neverthrow";
import { Coalescer } from "../connection/coalescer.ts";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";

interface Row {
  readonly processor: string;
  readonly id: string;
  readonly body: string;
  readonly received_at: Date;
  readonly attempts: number;
}

/** How an attempt ended: with an outcome, or with a time until the next attempt. */
interface Ending {
  readonly processor: string;
  readonly id: string;
  readonly outcome: NotificationOutcome | null;
  readonly retryMs: number | null;
}

interface OwnerRow {
  readonly processor_payment: ProcessorReference;
  readonly client_id: ClientId;
  readonly payment_id: string;
}

interface Submission {
  readonly processor: string;
  readonly id: string;
  readonly body: string;
}

/** In the order of the keys, so that two statements never wait for each other. */
const INSERT = `insert into processor_notifications (processor, id, body)
  select n.processor, n.id, n.body from unnest(?::text[], ?::text[], ?::text[]) as n (processor, id, body)
  order by n.processor, n.id
  on conflict do nothing`;

const CLAIM = `update processor_notifications n
  set lease_ends_at = clock_timestamp() + ? * interval '1 millisecond', attempts = n.attempts + 1
  from (
    select processor, id from processor_notifications
    where lease_ends_at <= clock_timestamp() order by lease_ends_at limit ? for update skip locked
  ) due
  where n.processor = due.processor and n.id = due.id
  returning n.processor, n.id, n.body, n.received_at, n.attempts`;

/** No other statement waits for these rows: they are leased, and claims skip locked rows. A finished one stays so. */
const END = `update processor_notifications n
  set lease_ends_at = clock_timestamp() + e.retry_ms * interval '1 millisecond', outcome = e.outcome
  from unnest(?::text[], ?::text[], ?::text[], ?::double precision[]) as e (processor, id, outcome, retry_ms)
  where n.processor = e.processor and n.id = e.id and n.outcome is null`;

const OWNERS = `select processor_payment, client_id, payment_id from charges where processor_payment = any(?::text[])`;

const FORGET = `delete from processor_notifications
  where outcome is not null and received_at < clock_timestamp() - ? * interval '1 millisecond'`;

const toNotification = ({ processor, id, body, received_at, attempts }: Row): ReceivedNotification => ({
  processor,
  id,
  rawBody: Buffer.from(body, "utf8"),
  receivedAt: received_at,
  attempts,
});

/** Notifications in `processor_notifications`. Those that arrive together share a statement. */
export class KnexReceivedNotifications implements ReceivedNotifications {
  readonly #knex: Knex;
  readonly #submissions: Coalescer<Submission, undefined>;
  readonly #endings: Coalescer<Ending, undefined>;
  readonly #owners: Coalescer<ProcessorReference, PaymentOwner | null>;

  constructor(knex: Knex, options: { readonly statistics?: DatabaseStatistics } = {}) {
    this.#knex = knex;
    this.#submissions = new Coalescer((batch) => this.#insert(batch), {
      batchSize: 128,
      concurrency: 2,
      queueSize: 4_096,
      answerWithinMs: 2_000,
    });
    // The worker that applies notifications waits for these, so they leave connections to requests.
    const background = { batchSize: 128, concurrency: 1, queueSize: 4_096, answerWithinMs: 10_000 };
    this.#endings = new Coalescer((batch) => this.#end(batch), background);
    this.#owners = new Coalescer((batch) => this.#findOwners(batch), background);
    options.statistics?.addQueue("notifications", () => this.#submissions.statistics());
  }

  add({
    processor,
    id,
    rawBody,
  }: Pick<ReceivedNotification, "processor" | "id" | "rawBody">): ResultAsync<void, StorageUnavailable> {
    const body = Buffer.from(rawBody).toString("utf8");
    return ResultAsync.fromPromise(this.#submissions.add({ processor, id, body }), unavailableOrThrow);
  }

  claim(limit: number, leaseMs: number): ResultAsync<readonly ReceivedNotification[], StorageUnavailable> {
    return this.#run<Row>(CLAIM, [leaseMs, limit]).map((rows) => rows.map(toNotification));
  }

  finish({ processor, id }: ReceivedNotification, outcome: NotificationOutcome): ResultAsync<void, StorageUnavailable> {
    return ResultAsync.fromPromise(this.#endings.add({ processor, id, outcome, retryMs: null }), unavailableOrThrow);
  }

  postpone({ processor, id }: ReceivedNotification, retryMs: number): ResultAsync<void, StorageUnavailable> {
    return ResultAsync.fromPromise(this.#endings.add({ processor, id, outcome: null, retryMs }), unavailableOrThrow);
  }

  ownerOf(payment: ProcessorReference): ResultAsync<PaymentOwner | null, StorageUnavailable> {
    return ResultAsync.fromPromise(this.#owners.add(payment), unavailableOrThrow);
  }

  forgetFinished(olderThanMs: number): ResultAsync<void, StorageUnavailable> {
    return this.#run(FORGET, [olderThanMs]).map(() => undefined);
  }

  #run<Result>(
    statement: string,
    parameters: readonly (string | number)[],
  ): ResultAsync<readonly Result[], StorageUnavailable> {
    const done = sanitized(this.#knex.raw(statement, [...parameters]));
    return ResultAsync.fromPromise(done, unavailableOrThrow).map(({ rows }: { rows: readonly Result[] }) => rows);
  }

  async #end(batch: readonly Ending[]): Promise<readonly undefined[]> {
    const parameters = [
      textArray(batch.map(({ processor }) => processor)),
      textArray(batch.map(({ id }) => id)),
      textArray(batch.map(({ outcome }) => outcome)),
      `{${batch.map(({ retryMs }) => retryMs ?? "NULL").join()}}`,
    ];
    await sanitized(this.#knex.raw(END, parameters));
    return batch.map(() => undefined);
  }

  async #findOwners(batch: readonly ProcessorReference[]): Promise<readonly (PaymentOwner | null)[]> {
    const { rows }: { rows: readonly OwnerRow[] } = await sanitized(this.#knex.raw(OWNERS, [textArray(batch)]));
    const owners = new Map(
      rows.map(({ processor_payment, client_id, payment_id }) => [
        processor_payment,
        { clientId: client_id, paymentId: rehydratePaymentId(payment_id) },
      ]),
    );
    return batch.map((payment) => owners.get(payment) ?? null);
  }

  async #insert(batch: readonly Submission[]): Promise<readonly undefined[]> {
    const columns = [batch.map(({ processor }) => processor), batch.map(({ id }) => id), batch.map(({ body }) => body)];
    await sanitized(this.#knex.raw(INSERT, columns.map(textArray)));
    return batch.map(() => undefined);
  }
}
