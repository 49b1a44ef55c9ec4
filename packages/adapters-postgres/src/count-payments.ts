import type { ClientId } from "@payments/domain";
import type { Knex } from "knex";
import { sanitized } from "./postgres-error.ts";

/** How many payments a client has. It reads them all, so it may take longer than a statement is given. */
export const countPayments = async (knex: Knex, clientId: ClientId): Promise<number> => {
  const { rows } = await sanitized(knex.raw("select count(*) from payments where client_id = ?", [clientId]));
  return Number(rows[0].count);
};
