import { execute, type Migration } from "./migration.ts";

/**
 * The payments. There is no foreign key: the insert joins `clients`, and the check would be a third of PostgreSQL's
 * work. `metadata` is json, not jsonb: it is stored as it was sent. Callers get no promise about the order of its names.
 *
 * Domains hold the checks, because PostgreSQL parses a table's checks again for each statement that inserts.
 */
export const payments: Migration = {
  async up(trx) {
    await execute(
      trx,
      "create domain payment_amount as bigint check (value > 0)",
      "create domain currency_code as text check (value ~ '^[A-Z]{3}$')",
      `create table payments (
        bucket smallint not null,
        client_id text not null,
        id uuid not null,
        amount payment_amount not null,
        currency currency_code not null,
        description text,
        metadata json not null default '{}',
        idempotency_key text,
        created_at timestamptz not null,
        primary key (bucket, client_id, id)
      )`,
      `create unique index payments_idempotency_key on payments (bucket, client_id, idempotency_key)
        where idempotency_key is not null`,
    );
  },

  /** Fails if there are payments: nothing can restore them. */
  async down(trx) {
    await execute(
      trx,
      "lock table payments in access exclusive mode",
      `do $$
      begin
        if exists (select from payments) then
          raise exception 'the table payments is not empty' using errcode = 'object_not_in_prerequisite_state';
        end if;
      end $$`,
      "drop table payments",
      "drop domain currency_code",
      "drop domain payment_amount",
    );
  },
};
