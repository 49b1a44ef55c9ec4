import { execute, type Migration } from "./migration.ts";

/**
 * What the sandbox processor executed. It plays a system outside this service, so it knows no clients and no buckets.
 * `client_secret` and `confirmed_with` are the payer's: the secret of an authorization, and the payment method that the
 * payer chose in the browser. `later_*` is a result that it reports only from `later_at` on.
 */
export const sandboxOperations: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table sandbox_operations (
        id text primary key,
        payment text not null,
        kind text not null,
        parameters text not null,
        client_secret text,
        confirmed_with text,
        outcome text not null,
        facts json not null,
        later_outcome text,
        later_facts json,
        later_at timestamptz,
        executed_at timestamptz not null
      )`,
      // An authorization has its payment's id, so its own key finds it.
      "create index sandbox_operations_payment on sandbox_operations (payment) where kind <> 'authorize'",
    );
  },

  async down(trx) {
    await execute(trx, "drop table sandbox_operations");
  },
};
