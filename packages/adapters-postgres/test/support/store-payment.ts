import type { Knex } from "../../src/index.ts";

/**
 * Calls `create_payments` for one payment of each client, with a credential that nobody has. The transaction stays open.
 */
export const storePaymentOf = async (trx: Knex, ...clientIds: readonly string[]): Promise<void> => {
  await trx.raw(
    `select create_payments(array_agg(client_bucket(id)), array_agg(id), array_agg('unknown'::text),
      array_agg(gen_random_uuid()), array_agg(1::bigint), array_agg('EUR'::text), array_agg(null::text),
      array_agg('{}'::json), array_agg(null::text), array_agg(now()), true)
    from unnest(?::text[]) as c (id)`,
    [[...clientIds]],
  );
};
