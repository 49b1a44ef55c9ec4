import {
  type CredentialNotCurrent,
  type IdempotencyKey,
  type Payment,
  type RecordedPayment,
  type StorageUnavailable,
  type StoredApiKey,
  storageUnavailable,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { isRepeatable, isRowFault, PostgresError, sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from "./payment-row.ts";

/** A payment, and the credential that it is stored with. */
export interface Submission {
  readonly payment: Payment;
  readonly credential: StoredApiKey;
  readonly idempotencyKey: IdempotencyKey | null;
}

/** The outcome of one submission. `thrown` is a bug in this submission or in its batch. */
export type WriteOutcome =
  | Result<RecordedPayment, CredentialNotCurrent | StorageUnavailable>
  | { readonly thrown: unknown };

interface NotStored {
  /** Position in the batch, from 1. A bigint, so the driver returns text. */
  readonly ordinal: string;
  readonly outcome: "refused" | "duplicate";
}

const ATTEMPTS = 3;

const CREATE_PAYMENTS = `select ordinal, outcome from create_payments(
  ?::smallint[], ?::text[], ?::text[], ?::uuid[], ?::bigint[], ?::text[], ?::text[], ?::json[], ?::text[],
  ?::timestamptz[], true)`;

const FIND_EARLIER = `select ${PAYMENT_COLUMNS.map((column) => `p.${column}`).join(", ")}, p.idempotency_key
  from unnest(?::smallint[], ?::text[], ?::text[]) as k (bucket, client_id, idempotency_key)
  join payments p on p.bucket = k.bucket and p.client_id = k.client_id and p.idempotency_key = k.idempotency_key
  where p.idempotency_key is not null`;

const credentialNotCurrent: CredentialNotCurrent = { type: "credential-not-current" };

const isUnavailable = (error: unknown): error is PostgresError => error instanceof PostgresError && error.unavailable;

const toWriteOutcome = (error: unknown): WriteOutcome =>
  isUnavailable(error) ? err(storageUnavailable(error)) : { thrown: error };

const stored = ({ payment }: Submission): WriteOutcome => ok({ payment, replayed: false });

/** Another payment has the idempotency key, and was deleted before it could be read. */
const VANISHED = new Error("the earlier payment with this idempotency key was deleted");

const isAway = (outcome: WriteOutcome): boolean =>
  !("thrown" in outcome) && outcome.isErr() && outcome.error.type === "storage-unavailable";

const bucketsOf = (batch: readonly Submission[]): string =>
  `{${batch.map(({ payment }) => bucketOf(payment.clientId)).join()}}`;

/** In the order of the function's parameters. */
const toParameters = (batch: readonly Submission[]): string[] => [
  bucketsOf(batch),
  textArray(batch.map(({ payment }) => payment.clientId)),
  textArray(batch.map(({ credential }) => credential)),
  textArray(batch.map(({ payment }) => toUuid(payment.id))),
  textArray(batch.map(({ payment }) => payment.money.amount.toString())),
  textArray(batch.map(({ payment }) => payment.money.currency)),
  textArray(batch.map(({ payment }) => payment.description)),
  textArray(batch.map(({ payment }) => JSON.stringify(payment.metadata))),
  textArray(batch.map(({ idempotencyKey }) => idempotencyKey)),
  textArray(batch.map(({ payment }) => payment.createdAt.toISOString())),
];

/** Text in PostgreSQL cannot contain NUL, so the pair is unambiguous. */
const nameOf = (clientId: string, idempotencyKey: string | null): string => `${clientId}\0${idempotencyKey}`;

/** A statement that stores submissions, with the parameters that it takes after those of `create_payments`. */
export interface PaymentStatement<Item extends Submission> {
  readonly name: string;
  readonly sql: string;
  parametersOf(batch: readonly Item[]): readonly string[];
}

const CREATE_PAYMENTS_STATEMENT: PaymentStatement<Submission> = {
  name: "create_payments",
  sql: CREATE_PAYMENTS,
  parametersOf: () => [],
};

/** Stores a batch of payments with one statement, and returns one outcome per payment. */
export class PaymentWriter<Item extends Submission = Submission> {
  readonly #knex: Knex;
  readonly #statement: PaymentStatement<Item>;

  constructor(knex: Knex, statement: PaymentStatement<Item> = CREATE_PAYMENTS_STATEMENT) {
    this.#knex = knex;
    this.#statement = statement;
  }

  /**
   * Returns the outcomes in the order of the batch. Never rejects. After a lost response nothing is sent again, because
   * the payments may be stored.
   */
  async write(batch: readonly Item[]): Promise<readonly WriteOutcome[]> {
    try {
      return await this.#store(batch);
    } catch (error) {
      return isRowFault(error) && batch.length > 1
        ? this.#writeOneByOne(batch)
        : batch.map(() => toWriteOutcome(error));
    }
  }

  async #store(batch: readonly Item[]): Promise<readonly WriteOutcome[]> {
    const exceptions = await this.#insert(batch);
    if (exceptions.length === 0) return batch.map(stored);
    const outcomes = new Map(exceptions.map(({ ordinal, outcome }) => [Number(ordinal) - 1, outcome]));
    const replay = await this.#replay(batch.filter((_, index) => outcomes.get(index) === "duplicate"));
    return batch.map((submission, index) => {
      const outcome = outcomes.get(index);
      if (outcome === undefined) return stored(submission);
      return outcome === "refused" ? err(credentialNotCurrent) : replay(submission);
    });
  }

  async #insert(batch: readonly Item[]): Promise<readonly NotStored[]> {
    const { name, sql } = this.#statement;
    const parameters = [...toParameters(batch), ...this.#statement.parametersOf(batch)];
    for (let attempt = 1; ; attempt++) {
      try {
        const statement = this.#knex.raw(sql, parameters).options({ name });
        return (await sanitized(statement)).rows;
      } catch (error) {
        if (attempt === ATTEMPTS || !isRepeatable(error)) throw error;
      }
    }
  }

  /** Errors here affect only the duplicates: the other payments of the batch are already stored. */
  async #replay(duplicates: readonly Submission[]): Promise<(duplicate: Submission) => WriteOutcome> {
    try {
      const earlier = duplicates.length === 0 ? new Map<string, Payment>() : await this.#findEarlier(duplicates);
      return ({ payment: { clientId }, idempotencyKey }) => {
        const payment = earlier.get(nameOf(clientId, idempotencyKey));
        return payment === undefined ? err(storageUnavailable(VANISHED)) : ok({ payment, replayed: true });
      };
    } catch (error) {
      const outcome = toWriteOutcome(error);
      return () => outcome;
    }
  }

  async #findEarlier(duplicates: readonly Submission[]): Promise<Map<string, Payment>> {
    const { rows }: { rows: (PaymentRow & { idempotency_key: string })[] } = await sanitized(
      this.#knex.raw(FIND_EARLIER, [
        bucketsOf(duplicates),
        textArray(duplicates.map(({ payment }) => payment.clientId)),
        textArray(duplicates.map(({ idempotencyKey }) => idempotencyKey)),
      ]),
    );
    return new Map(rows.map((row) => [nameOf(row.client_id, row.idempotency_key), toPayment(row)]));
  }

  /** Isolates the fault of one row. If the database becomes unavailable, the rest is not sent. */
  async #writeOneByOne(batch: readonly Item[]): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    for (const submission of batch) {
      const last = outcomes.at(-1);
      if (last !== undefined && isAway(last)) outcomes.push(last);
      else outcomes.push(...(await this.write([submission])));
    }
    return outcomes;
  }
}
