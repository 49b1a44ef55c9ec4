import { BUCKET_COUNT } from "../connection/client-bucket.ts";
import { execute, type Migration } from "./migration.ts";

const LOCK_TABLE = "credential_lock_";

/** One empty table per bucket. Its lock is the bucket's credential lock, which needs the privilege `update` on it. */
export const CREDENTIAL_LOCKS: readonly string[] = Array.from(
  { length: BUCKET_COUNT },
  (_, bucket) => `${LOCK_TABLE}${bucket}`,
);

/** Locks the tables of `buckets`, a SQL array of distinct numbers in ascending order, until the transaction ends. */
export const lockCredentials = (buckets: string, mode: "row share" | "exclusive", schema = ""): string => {
  const table = `only ${schema}${LOCK_TABLE}`.replaceAll("'", "''");
  return `execute 'lock table ${table}' || array_to_string(${buckets}, ', ${table}') || ' in ${mode} mode'`;
};

/**
 * Delays the end of a credential until no payment with it is in flight.
 *
 * A transaction that stores payments holds the locks of their buckets in a shared mode until it ends, and reads
 * `clients` only after it has them. A transaction that ends credentials takes the locks of their buckets exclusively
 * when it commits. It waits for the payments in flight. Later payments wait until its change is visible, because
 * PostgreSQL releases locks after that. So no payment commits after the end of its credential was acknowledged. Lock
 * requests queue, so payments cannot starve it. Both sides lock buckets in ascending order, which prevents deadlocks.
 */
export const credentialLocks: Migration = {
  async up(trx) {
    const { rows } = await trx.raw("select quote_ident(current_schema()) || '.' as schema");
    await execute(
      trx,
      ...CREDENTIAL_LOCKS.map((table) => `create table ${table} ()`),
      NOTE_CREDENTIAL_END,
      awaitPaymentsInFlight(rows[0].schema),
      endTrigger("credential_changed", "update", CREDENTIAL_CHANGED),
      endTrigger("credential_deleted", "delete", HAD_CREDENTIAL),
    );
  },

  async down(trx) {
    await execute(
      trx,
      "drop trigger credential_deleted on clients",
      "drop trigger credential_changed on clients",
      "drop function await_payments_in_flight",
      "drop function note_credential_end",
      `drop table ${CREDENTIAL_LOCKS.join(", ")}`,
    );
  },
};

/** Adds a bucket to those in which the transaction ends credentials. True for a bucket that was not among them. */
const NOTE_CREDENTIAL_END = `create function note_credential_end(bucket smallint) returns boolean
  language plpgsql volatile as $$
declare
  noted text := coalesce(current_setting('payments.ended_buckets', true), '');
  name text := ',' || bucket || ',';
begin
  if strpos(noted, name) > 0 then
    return false;
  end if;
  perform set_config('payments.ended_buckets', noted || name, true);
  return true;
end $$`;

/**
 * Locks all noted buckets at once, because the order of the rows may not be that of the buckets. It runs with the
 * owner's rights: an older application that changes `clients` needs no right on the lock tables.
 */
const awaitPaymentsInFlight = (schema: string): string => `create function await_payments_in_flight() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  noted text := coalesce(current_setting('payments.ended_buckets', true), '');
  buckets smallint[] := array(
    select unnest(array_remove(string_to_array(noted, ','), '')::smallint[]) union select old.bucket order by 1
  );
begin
  ${lockCredentials("buckets", "exclusive", schema)};
  return null;
end $$`;

const HAD_CREDENTIAL = "(old.api_key is not null or old.former_api_key is not null)";

const CREDENTIAL_CHANGED = `${HAD_CREDENTIAL}
    and (old.id, old.status, old.api_key, old.former_api_key, old.former_api_key_ends_at)
      is distinct from (new.id, new.status, new.api_key, new.former_api_key, new.former_api_key_ends_at)`;

/**
 * Runs at the commit, so that a long transaction does not delay payments earlier, and once per bucket, so that a
 * transaction that ends many credentials holds the locks only briefly.
 */
const endTrigger = (name: string, event: "update" | "delete", ended: string): string =>
  `create constraint trigger ${name} after ${event} on clients deferrable initially deferred for each row
  when (case when ${ended} then note_credential_end(old.bucket) else false end)
  execute function await_payments_in_flight()`;
