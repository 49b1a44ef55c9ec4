import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";

const CLIENTS_PER_STATEMENT = 500;
const EVENTS_PER_CLIENT = 100;

/**
 * The oldest events of a client come first in its feed, so an index by time is not needed. `position` follows the time
 * of a change closely enough.
 */
const DELETE_BATCH = `with batch as (
    select bucket, id::text as client_id from clients
    where (bucket, id::text) > (:bucket, :clientId) order by bucket, id::text limit ${CLIENTS_PER_STATEMENT}
  ), expired as (
    select e.bucket, e.client_id, e.position, e.id from batch b cross join lateral (
      select bucket, client_id, position, id, created_at from events
      where bucket = b.bucket and client_id = b.client_id order by position, id limit ${EVENTS_PER_CLIENT}
    ) e where e.created_at < clock_timestamp() - :ageMs * interval '1 millisecond'
  ), deleted as (
    delete from events e using expired x
    where e.bucket = x.bucket and e.client_id = x.client_id and e.position = x.position and e.id = x.id
    returning e.id
  )
  select (select count(*) from deleted)::integer as deleted, l.bucket, l.client_id
  from (select bucket, client_id from batch order by bucket desc, client_id desc limit 1) l`;

interface Row {
  readonly deleted: number;
  readonly bucket: number;
  readonly client_id: string;
}

/**
 * Deletes the events that are older by the database's clock, in small statements. Returns how many. Several processes
 * may run it.
 */
export const deleteEventsOlderThan = async (knex: Knex, ageMs: number): Promise<number> => {
  let total = 0;
  let place = { bucket: -1, clientId: "" };
  for (;;) {
    const { rows }: { rows: readonly Row[] } = await sanitized(knex.raw(DELETE_BATCH, { ...place, ageMs }));
    const [row] = rows;
    if (row === undefined) return total;
    total += row.deleted;
    // The same clients may have more.
    if (row.deleted === 0) place = { bucket: row.bucket, clientId: row.client_id };
  }
};
