import { execute, type Migration } from "./migration.ts";

/**
 * How many requests of its quota each client has been leased in the window that ends at `ends_at` (milliseconds since
 * the epoch, by the database's clock). `asked`, `granted` and `leased_at` describe the last lease. The table is
 * unlogged: it is empty after a crash and on a promoted standby, which costs one window's accuracy.
 */
export const requestQuotas: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create unlogged table request_quotas (
        bucket smallint not null,
        client_id text not null,
        ends_at bigint not null,
        leased integer not null,
        asked integer not null,
        granted integer not null,
        leased_at bigint not null,
        primary key (bucket, client_id)
      ) with (fillfactor = 50)`,
    );
  },

  async down(trx) {
    await execute(trx, "drop table request_quotas");
  },
};
