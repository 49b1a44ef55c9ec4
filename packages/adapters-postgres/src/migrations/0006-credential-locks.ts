import { execute, type Migration } from "./migration.ts";

const LOCK_TABLE = "credential_lock_";

/** Fewer locks delay more payments when a credential ends. More locks cost each batch more. */
const LOCK_COUNT = 8;

/** Empty tables. The lock of one is the credential lock of the buckets `b` with `b % 8` in its name. */
export const CREDENTIAL_LOCKS: readonly string[] = Array.from(
  { length: LOCK_COUNT },
  (_, number) => `${LOCK_TABLE}${number}`,
);

const share = (tables: readonly string[]): string =>
  `lock table ${tables.map((table) => `only ${table}`).join(", ")} in row share mode;`;

/**
 * PL/pgSQL that locks the credentials of `buckets` in a shared mode until the transaction ends. It needs the integer
 * variables `locks` and `locked_bucket`. The statements are static, because parsing a list of tables costs more than the
 * locks. A large batch usually needs all locks: one statement takes them for less than eight.
 */
export const SHARE_CREDENTIAL_LOCKS = `locks := 0;
  foreach locked_bucket in array buckets loop
    locks := locks | (1 << (locked_bucket % ${LOCK_COUNT}));
  end loop;
  if locks = ${(1 << LOCK_COUNT) - 1} then
    ${share(CREDENTIAL_LOCKS)}
  else
    ${CREDENTIAL_LOCKS.map((table, number) => `if locks & ${1 << number} <> 0 then ${share([table])} end if;`).join("\n    ")}
  end if;`;

/**
 * Delays the end of a credential until no payment with it is in flight.
 *
 * A transaction that stores payments holds the locks of their buckets in a shared mode until it ends, and reads
 * `clients` only after it has them. A transaction that ends credentials takes the locks of their buckets exclusively
 * when it commits. It waits for the payments in flight. Later payments wait until its change is visible, because
 * PostgreSQL releases locks after that. So no payment commits after the end of its credential was acknowledged. Lock
 * requests queue, so payments cannot starve it. Both sides take the locks in ascending order, which prevents deadlocks.
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

/** Notes the lock of a bucket in which the transaction ends credentials. True if the lock was not noted before. */
const NOTE_CREDENTIAL_END = `create function note_credential_end(bucket smallint) returns boolean
  language plpgsql volatile as $$
declare
  noted text := coalesce(current_setting('payments.credential_locks', true), '');
  name text := ',' || bucket % ${LOCK_COUNT} || ',';
begin
  if strpos(noted, name) > 0 then
    return false;
  end if;
  perform set_config('payments.credential_locks', noted || name, true);
  return true;
end $$`;

/**
 * Takes all noted locks at once, because the order of the rows may not be that of the locks. It runs with the owner's
 * rights: an older application that changes `clients` needs no right on the lock tables.
 */
const awaitPaymentsInFlight = (schema: string): string => {
  const table = `only ${schema}${LOCK_TABLE}`.replaceAll("'", "''");
  return `create function await_payments_in_flight() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  noted text := coalesce(current_setting('payments.credential_locks', true), '');
  locks integer[] := array(
    select unnest(array_remove(string_to_array(noted, ','), '')::integer[]) union select old.bucket % ${LOCK_COUNT}
    order by 1
  );
begin
  execute 'lock table ${table}' || array_to_string(locks, ', ${table}') || ' in exclusive mode';
  return null;
end $$`;
};

const HAD_CREDENTIAL = "(old.api_key is not null or old.former_api_key is not null)";

const CREDENTIAL_CHANGED = `${HAD_CREDENTIAL}
    and (old.id, old.status, old.api_key, old.former_api_key, old.former_api_key_ends_at)
      is distinct from (new.id, new.status, new.api_key, new.former_api_key, new.former_api_key_ends_at)`;

/**
 * Runs at the commit, so that a long transaction does not delay payments earlier, and once per lock, so that a
 * transaction that ends many credentials holds the locks only briefly.
 */
const endTrigger = (name: string, event: "update" | "delete", ended: string): string =>
  `create constraint trigger ${name} after ${event} on clients deferrable initially deferred for each row
  when (case when ${ended} then note_credential_end(old.bucket) else false end)
  execute function await_payments_in_flight()`;
