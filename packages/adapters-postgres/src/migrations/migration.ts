import type { Knex } from "knex";

/** One step of the schema. All pending migrations run in one transaction. */
export interface Migration {
  up(trx: Knex): Promise<void>;
  down(trx: Knex): Promise<void>;
}

/** Building an index on a large table takes long, and a migration may wait for the queries of an older version. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** Runs the statements of a migration in order. */
export const execute = async (trx: Knex, ...statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await trx.raw(statement).options({ query_timeout: STATEMENT_TIMEOUT_MS });
};
