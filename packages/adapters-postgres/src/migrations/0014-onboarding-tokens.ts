import { execute, type Migration } from "./migration.ts";

/**
 * The digests of tokens that a processor's pages send clients back with. The index finds the client of a connected
 * account, for webhooks that name the account only.
 */
export const onboardingTokens: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table onboarding_tokens (
        bucket smallint not null,
        client_id text not null,
        digest bytea not null,
        expires_at timestamptz not null,
        primary key (bucket, client_id, digest)
      )`,
      `create index clients_processor_account on clients (processor_account) where processor_account is not null`,
    );
  },

  async down(trx) {
    await execute(trx, "drop index clients_processor_account", "drop table onboarding_tokens");
  },
};
