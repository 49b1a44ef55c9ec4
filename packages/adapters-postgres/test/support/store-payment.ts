import type { Knex } from "../../src/index.ts";

/** Calls `create_payments` for one payment of a client, with a credential that nobody has. The transaction stays open. */
export const storePaymentOf = async (trx: Knex, clientId: string): Promise<void> => {
  await trx.raw(
    `select create_payments(array[client_bucket(:id)], array[:id], '{unknown}', array[gen_random_uuid()], '{1}', '{EUR}',
      '{null}', '{"{}"}', '{null}', array[now()])`,
    { id: clientId },
  );
};
