import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";

/** Readers may hold positions above the highest stored one: later transactions without events raise the horizon, too. */
const MARGIN = 2n ** 40n;

const IS_SAME_CLUSTER = `select p.system_identifier = s.system_identifier as same
  from event_positions p cross join pg_control_system() s`;

const RAISE = `update event_positions p set system_identifier = s.system_identifier,
    base = greatest(p.base, (select coalesce(max(position), 0) from events)) + ?
  from pg_control_system() s where p.system_identifier <> s.system_identifier`;

/**
 * Keeps the positions of events growing in a database that was restored into another cluster, where transaction ids
 * start again. Every process MUST call it before it writes events. Reads only, unless the cluster is another one.
 */
export const keepEventPositions = async (knex: Knex): Promise<void> => {
  const { rows } = await sanitized(knex.raw(IS_SAME_CLUSTER));
  if (rows[0].same) return;
  await sanitized(
    knex.transaction(async (trx) => {
      await trx.raw("set local statement_timeout = 0");
      // Waits for the transactions that took a position, and lets none take one meanwhile.
      await trx.raw("lock table event_positions in access exclusive mode");
      await trx.raw(RAISE, [MARGIN.toString()]);
    }),
  );
};
