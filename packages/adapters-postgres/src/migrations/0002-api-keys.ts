import { execute, type Migration } from "./migration.ts";

/**
 * API keys on the clients. A column `api_key` of an older application keeps its keys: plain ones go on
 * working, and are replaced by their digests at their first use or by `digestApiKeys`.
 */
export const apiKeys: Migration = {
  async up(trx) {
    await execute(
      trx,
      `alter table clients
        add column if not exists api_key text,
        add column if not exists api_key_hint text,
        add column if not exists former_api_key text,
        add column if not exists former_api_key_hint text,
        add column if not exists former_api_key_ends_at timestamptz,
        add column if not exists api_key_revoked_at timestamptz,
        add column if not exists ended_api_key_hint text,
        add column if not exists ended_api_key_at timestamptz`,
      // A digest is longer than many a key, and a revoked client has no key at all.
      "alter table clients alter column api_key type text, alter column api_key drop not null",
      "create unique index clients_api_key_key on clients (api_key) where api_key is not null",
      "create unique index clients_former_api_key_key on clients (former_api_key) where former_api_key is not null",
      // Rows of an older application may have no time of creation: they count as the oldest.
      "create index clients_newest_first on clients (coalesce(created_at, '-infinity'), id)",
    );
  },

  /** Leaves the columns: keys can't be made again. */
  async down(trx) {
    await execute(
      trx,
      "drop index clients_newest_first",
      "drop index clients_former_api_key_key",
      "drop index clients_api_key_key",
    );
  },
};
