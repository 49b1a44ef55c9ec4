import { execute, type Migration } from "./migration.ts";

/**
 * How much of its quota of requests each client has been leased in the window that ends at `ends_at`, in
 * milliseconds since the epoch by the database's clock. `asked`, `granted` and `leased_at` are those of the last
 * lease. Unlogged, because a count that is lost costs nothing but one window's accuracy: it is empty after a crash
 * and on a standby that was promoted.
 */
export const requestQuotas: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create unlogged table request_quotas (
        client_id text primary key,
        ends_at bigint not null,
        leased integer not null,
        asked integer not null,
        granted integer not null,
        leased_at bigint not null
      ) with (fillfactor = 50)`,
    );
  },

  async down(trx) {
    await execute(trx, "drop table request_quotas");
  },
};
