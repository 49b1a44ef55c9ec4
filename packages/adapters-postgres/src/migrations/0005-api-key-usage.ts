import { execute, type Migration } from "./migration.ts";

/**
 * When each key was last used, a row a key, named by its hint: a copy of what authenticates would be one more
 * place to lose it from. A table of its own, so that noting a use never meets a payment or a change of the
 * client. There is room in its pages for new versions of rows, since each used key gets one a minute.
 */
export const apiKeyUsage: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table api_key_usage (
        client_id text not null,
        key_hint text not null,
        last_used_at timestamptz not null,
        former_uses bigint not null default 0,
        primary key (client_id, key_hint)
      ) with (fillfactor = 70)`,
    );
  },

  async down(trx) {
    await execute(trx, "drop table api_key_usage");
  },
};
