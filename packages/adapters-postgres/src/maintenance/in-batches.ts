import type { Knex } from "knex";
import { toPostgresError } from "../connection/postgres-error.ts";

export interface Batch {
  /** The id of the last row that was read. Null: none was left. */
  readonly last: string | null;
  readonly changed: number;
}

type Work = (trx: Knex.Transaction, after: string) => Promise<Batch>;

/** A batch may wait this long for work outside the database, such as writing a file. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Processes a table by id, with a transaction per batch, until a whole pass changes nothing: rows that are locked in one
 * pass may be free in the next. Returns the number of changed rows.
 */
export const inBatches = async (knex: Knex, work: Work): Promise<number> => {
  let total = 0;
  for (;;) {
    const changed = await pass(knex, work);
    if (changed === 0) return total;
    total += changed;
  }
};

const pass = async (knex: Knex, work: Work): Promise<number> => {
  let changed = 0;
  for (let after: string | null = ""; after !== null; ) {
    const batch: Batch = await inTransaction(knex, (trx) => work(trx, after ?? ""));
    changed += batch.changed;
    after = batch.last;
  }
  return changed;
};

/** Errors of `work` are rethrown unchanged. Errors of the transaction itself become a `PostgresError`. */
const inTransaction = async (knex: Knex, work: (trx: Knex.Transaction) => Promise<Batch>): Promise<Batch> => {
  let thrown: unknown;
  try {
    return await knex.transaction(async (trx) => {
      await trx.raw(`set local idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`);
      return work(trx).catch((error: unknown) => {
        thrown = error;
        throw error;
      });
    });
  } catch (error) {
    throw error === thrown ? error : toPostgresError(error);
  }
};
