import { execute, type Migration } from "./migration.ts";

/**
 * The clients, in a table of its own or in one that an older application made: there rows and columns stay
 * as they are, whatever they hold, and only columns that are missing are added.
 */
export const clients: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table if not exists clients (
        id text primary key,
        name text not null,
        email text not null,
        stripe_account_id text,
        status text not null default 'active',
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`,
      `alter table clients
        add column if not exists name text,
        add column if not exists email text,
        add column if not exists stripe_account_id text,
        add column if not exists status text not null default 'active',
        add column if not exists created_at timestamptz default now(),
        add column if not exists updated_at timestamptz default now()`,
      REQUIRE_TEXT_ID,
      REQUIRE_UNIQUE_ID,
    );
  },

  /** Leaves the table: it may have been there before, and what it holds can't be made again. */
  async down() {},
};

const ID_COLUMN = `pg_attribute a where a.attrelid = 'clients'::regclass and a.attname = 'id'`;

/** Said here, instead of by a type error in the middle of a payment. */
const REQUIRE_TEXT_ID = `do $$
declare id_type text := (select format_type(a.atttypid, null) from ${ID_COLUMN});
begin
  if id_type is null or id_type not in ('text', 'character varying') then
    raise exception 'the column clients.id must be of type text or varchar, it is %', coalesce(id_type, 'missing')
      using errcode = 'datatype_mismatch';
  end if;
end $$`;

const REQUIRE_UNIQUE_ID = `do $$
begin
  if not exists (
    select from pg_index i
    where i.indrelid = 'clients'::regclass and i.indisunique and i.indpred is null
      and i.indkey::text = (select a.attnum::text from ${ID_COLUMN})
  ) then
    create unique index clients_id_key on clients (id);
  end if;
end $$`;
