import type { Knex } from "knex";

/** What is left to do about operations. */
export interface OperationBacklog {
  /** The age of the oldest operation without evidence from the processor; 0: none. */
  readonly oldestUnresolvedSeconds: number;
  readonly needingReview: number;
}

/** A pending operation has evidence: the processor accepted it, and may wait for the payer for days. */
const READ = `select
  (select coalesce(extract(epoch from clock_timestamp() - min(planned_at)), 0) from payment_operations
    where lease_ends_at is not null and state <> 'pending')::double precision as oldest,
  (select count(*) from payment_operations where state = 'needs_review')::integer as reviews`;

export const readOperationBacklog = async (knex: Knex): Promise<OperationBacklog> => {
  const { rows } = await knex.raw(READ);
  return { oldestUnresolvedSeconds: Math.max(0, rows[0].oldest), needingReview: rows[0].reviews };
};
