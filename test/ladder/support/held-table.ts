import type { Knex } from "@payments/adapters-postgres";

/** A table that no other session can read or change. */
export interface HeldTable {
  isWaitedFor(): Promise<boolean>;
  /** Ends the sessions of the service first: its process is gone, and their statements must not go on. */
  release(): Promise<void>;
}

const WAITING = `select count(*)::integer as waiting from pg_stat_activity
  where wait_event_type = 'Lock' and datname = current_database()`;
const END_SESSIONS = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'payments-api' and datname = current_database()`;

/** `using` rolls the transaction back if the test fails before `release`. */
export const holdTable = async (
  knex: Knex,
  table: string,
  using: (trx: Knex.Transaction, undo: (trx: Knex.Transaction) => unknown) => Knex.Transaction,
): Promise<HeldTable> => {
  const holder = using(await knex.transaction(), (trx) => (trx.isCompleted() ? undefined : trx.rollback()));
  await holder.raw(`lock table ${table} in access exclusive mode`);
  return {
    isWaitedFor: async () => (await holder.raw(WAITING)).rows[0].waiting > 0,
    release: async () => {
      await holder.raw(END_SESSIONS);
      await holder.rollback();
    },
  };
};
