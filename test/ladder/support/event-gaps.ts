import type { Knex } from "@payments/adapters-postgres";

/** The changes of a payment that its events must tell of, and the events that there are. */
interface History {
  readonly id: string;
  readonly status: string;
  /** The number of its events. */
  readonly expected: number;
  readonly refunds: number;
  readonly sequences: readonly number[];
  readonly refunds_told: number;
  readonly status_told: string | null;
}

const HISTORIES = `select p.id, coalesce(c.status, 'created') as status, coalesce(c.sequence, 1) as expected,
    (select count(*)::integer from refunds r
      where r.bucket = p.bucket and r.client_id = p.client_id and r.payment_id = p.id) as refunds,
    coalesce(e.sequences, '{}') as sequences, coalesce(e.refunds_told, 0) as refunds_told, e.status_told
  from payments p left join charges c on c.bucket = p.bucket and c.client_id = p.client_id and c.payment_id = p.id
  left join (
    select bucket, client_id, coalesce(payment_id, id) as owner,
      array_agg(coalesce(sequence, 1) order by sequence) as sequences,
      count(*) filter (where type = 'refund.created')::integer as refunds_told,
      (array_agg(coalesce(object->>'status', 'created') order by sequence desc)
        filter (where type like 'payment.%'))[1] as status_told
    from events where payment_id is not null or object is null group by 1, 2, 3
  ) e on e.bucket = p.bucket and e.client_id = p.client_id and e.owner = p.id`;

const ORPHANS = `select e.id from events e where (e.payment_id is not null or e.object is null) and not exists (
  select from payments p
  where p.bucket = e.bucket and p.client_id = e.client_id and p.id = coalesce(e.payment_id, e.id))`;

const isTold = ({ status, expected, refunds, sequences, refunds_told, status_told }: History): boolean =>
  sequences.length === expected &&
  sequences.every((sequence, index) => sequence === index + 1) &&
  refunds_told === refunds &&
  status_told === status;

/** Committed changes without their one event, and events without a committed change. */
export const eventGaps = async (
  knex: Knex,
): Promise<{ readonly changes: number; readonly gaps: readonly string[] }> => {
  const histories: readonly History[] = (await knex.raw(HISTORIES)).rows;
  const orphans: readonly { readonly id: string }[] = (await knex.raw(ORPHANS)).rows;
  return {
    changes: histories.reduce((sum, { expected }) => sum + expected, 0),
    gaps: [
      ...histories.filter((history) => !isTold(history)).map((history) => JSON.stringify(history)),
      ...orphans.map(({ id }) => `the event ${id} has no payment`),
    ],
  };
};
