import { execute, type Migration } from "./migration.ts";

/**
 * When each key was last used. A row names its key by the hint, because a second copy of the key could leak. The table
 * is separate, so that recording a use never waits for a payment or a change of the client. The fill factor leaves
 * room in each page, because each used key gets a new row version every minute.
 */
export const apiKeyUsage: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table api_key_usage (
        bucket smallint not null,
        client_id text not null,
        key_hint text not null,
        last_used_at timestamptz not null,
        former_uses bigint not null default 0,
        primary key (bucket, client_id, key_hint)
      ) with (fillfactor = 70)`,
    );
  },

  async down(trx) {
    await execute(trx, "drop table api_key_usage");
  },
};
