import { execute, type Migration } from "./migration.ts";

/**
 * The keys that sign receipts. They belong to the service, not to a client. `private_key` is encrypted, and null once
 * the key no longer signs. A removed key is no longer published.
 */
export const signingKeys: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table signing_keys (
        id text primary key,
        public_key json not null,
        private_key text,
        created_at timestamptz not null,
        signs_from timestamptz not null,
        removed_at timestamptz
      )`,
    );
  },

  async down(trx) {
    await execute(trx, "drop table signing_keys");
  },
};
