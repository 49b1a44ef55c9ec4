import type { Knex } from "knex";

/** One step of the schema. It runs in the transaction of `migrate`, together with all others that are pending. */
export interface Migration {
  up(trx: Knex): Promise<void>;
  down(trx: Knex): Promise<void>;
}

/** Indexes of a large table take their time, and a migration may wait for the traffic of an old version. */
const STATEMENT_MILLISECONDS = 3_600_000;

/** Runs statements of a migration, one after the other, each with an hour's time. */
export const execute = async (trx: Knex, ...statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await trx.raw(statement).options({ query_timeout: STATEMENT_MILLISECONDS });
};
