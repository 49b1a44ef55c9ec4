import { execute, type Migration } from "./migration.ts";

/**
 * The clients and their API keys. An existing table of an older application is adopted: its rows and columns stay
 * unchanged, and missing columns are added. Its plain keys keep working until their digests replace them.
 *
 * `bucket` is generated, so that rows of the older application get one too. `creation_key` is the idempotency key of the
 * request that created the client, and `creation_fingerprint` its content.
 */
export const clients: Migration = {
  async up(trx) {
    const { rows } = await trx.raw("select to_regclass('clients') is not null as found");
    await execute(
      trx,
      ...(rows[0].found ? ADOPT : [CREATE]),
      // These three do not start with the bucket: a key belongs to one client in all buckets, and lookups know only the key.
      "create unique index clients_api_key_key on clients (api_key) where api_key is not null",
      "create unique index clients_former_api_key_key on clients (former_api_key) where former_api_key is not null",
      "create unique index clients_creation_key_key on clients (creation_key) where creation_key is not null",
      // Rows of an older application may have no creation time. They sort as the oldest.
      "create index clients_newest_first on clients (coalesce(created_at, '-infinity'), id)",
    );
  },

  /** Keeps the table and the keys: they may be older than this schema, and nothing can restore them. */
  async down(trx) {
    await execute(
      trx,
      "drop index clients_newest_first",
      "drop index clients_creation_key_key",
      "drop index clients_former_api_key_key",
      "drop index clients_api_key_key",
      `alter table clients drop column bucket, drop column mode, drop column fee_basis_points, drop column fee_fixed,
        drop column processor_account, drop column processor_charges_enabled, drop column creation_key, drop column creation_fingerprint`,
    );
  },
};

const BUCKET = "bucket smallint generated always as (client_bucket(id)) stored";

const MODE = "mode text not null default 'live' check (mode in ('live', 'test'))";

const FEE_BASIS_POINTS = "fee_basis_points integer not null default 0 check (fee_basis_points between 0 and 10000)";
const FEE_FIXED = "fee_fixed bigint not null default 0 check (fee_fixed >= 0)";

const PROCESSOR_ACCOUNT = "processor_account text";
const PROCESSOR_CHARGES_ENABLED = "processor_charges_enabled boolean not null default false";

const CREATE = `create table clients (
  ${BUCKET},
  id text not null,
  name text not null,
  email text not null,
  ${MODE},
  ${FEE_BASIS_POINTS},
  ${FEE_FIXED},
  ${PROCESSOR_ACCOUNT},
  ${PROCESSOR_CHARGES_ENABLED},
  status text not null default 'active',
  api_key text,
  api_key_hint text,
  former_api_key text,
  former_api_key_hint text,
  former_api_key_ends_at timestamptz,
  api_key_revoked_at timestamptz,
  ended_api_key_hint text,
  ended_api_key_at timestamptz,
  creation_key text,
  creation_fingerprint text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (bucket, id)
)`;

const ID_COLUMN = `pg_attribute a where a.attrelid = 'clients'::regclass and a.attname = 'id'`;

/** Without this check, a payment fails with a type error later. */
const REQUIRE_TEXT_ID = `do $$
declare id_type text := (select format_type(a.atttypid, null) from ${ID_COLUMN});
begin
  if id_type is null or id_type not in ('text', 'character varying') then
    raise exception 'the column clients.id must have the type text or varchar, not %', coalesce(id_type, 'missing')
      using errcode = 'datatype_mismatch';
  end if;
end $$`;

const ADOPT: readonly string[] = [
  REQUIRE_TEXT_ID,
  `alter table clients
    add column ${BUCKET},
    add column if not exists name text,
    add column if not exists email text,
    add column ${MODE},
    add column ${FEE_BASIS_POINTS},
    add column ${FEE_FIXED},
    add column ${PROCESSOR_ACCOUNT},
    add column ${PROCESSOR_CHARGES_ENABLED},
    add column if not exists status text not null default 'active',
    add column if not exists api_key text,
    add column if not exists api_key_hint text,
    add column if not exists former_api_key text,
    add column if not exists former_api_key_hint text,
    add column if not exists former_api_key_ends_at timestamptz,
    add column if not exists api_key_revoked_at timestamptz,
    add column if not exists ended_api_key_hint text,
    add column if not exists ended_api_key_at timestamptz,
    add column creation_key text,
    add column creation_fingerprint text,
    add column if not exists created_at timestamptz default now(),
    add column if not exists updated_at timestamptz default now()`,
  // A digest is longer than many keys, and a revoked client has no key.
  "alter table clients alter column api_key type text, alter column api_key drop not null",
  // The bucket follows from the id, so this also makes ids unique. The table keeps its primary key.
  "create unique index clients_bucket_id_key on clients (bucket, id)",
];
