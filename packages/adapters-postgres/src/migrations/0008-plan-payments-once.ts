import { execute, type Migration } from "./migration.ts";

/**
 * A session plans the statement of payments once. PostgreSQL took a new plan for every batch to be the cheaper choice,
 * because it thinks of an array that it does not see as ten payments; planning took as long as storing one.
 */
export const planPaymentsOnce: Migration = {
  async up(trx) {
    await execute(trx, "alter function create_payments set plan_cache_mode = force_generic_plan");
  },

  async down(trx) {
    await execute(trx, "alter function create_payments reset plan_cache_mode");
  },
};
