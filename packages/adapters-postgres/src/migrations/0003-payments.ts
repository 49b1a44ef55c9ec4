import { execute, type Migration } from "./migration.ts";

/**
 * The payments. `client_id` stands first in every key, so that the table can be spread over machines by it.
 * `metadata` is json, not jsonb: it keeps the order in which it was sent. There is no foreign key: the
 * insert joins `clients` anyway, and the check would be a third of PostgreSQL's work.
 */
export const payments: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table payments (
        client_id text not null,
        id uuid not null,
        amount bigint not null check (amount > 0),
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        description text,
        metadata json not null default '{}',
        status text not null default 'created',
        idempotency_key text,
        created_at timestamptz not null,
        primary key (client_id, id)
      )`,
      `create unique index payments_idempotency_key on payments (client_id, idempotency_key)
        where idempotency_key is not null`,
    );
  },

  /** Only while there are none: payments can't be made again. */
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
    );
  },
};
