import { type ChargeHistory, type ClientId, type PaymentId, toUuid } from "@payments/domain";
import type { Knex } from "knex";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { type HistoryRow, toHistory } from "./charge-row.ts";
import { PAYMENT_COLUMNS } from "./payment-row.ts";

const OF_CHARGE = "x.bucket = c.bucket and x.client_id = c.client_id and x.payment_id = c.payment_id";

const rowsOf = (table: string, row: string, order: string): string =>
  `coalesce((select json_agg(${row} order by x.${order}) from ${table} x where ${OF_CHARGE}), '[]')`;

/** Everything that is stored of some charges of a client, at one moment. */
const HISTORIES = `select ${PAYMENT_COLUMNS.map((column) => `p.${column}`).join(", ")},
    c.version, c.sequence, c.processor_payment,
    ${rowsOf("payment_operations", "x", "id")} as operations,
    ${rowsOf("payment_facts", "x.fact", "fingerprint")} as facts,
    ${rowsOf("refunds", "x", "id")} as refunds,
    ${rowsOf("disputes", "x", "id")} as disputes
  from charges c join payments p on p.bucket = c.bucket and p.client_id = c.client_id and p.id = c.payment_id
  where c.bucket = ? and c.client_id = ? and c.payment_id = any(?::uuid[])`;

const LOCK = "select from charges where bucket = ? and client_id = ? and payment_id = ? for update";

/** The histories of those of the client's payments that have a charge. */
export const readHistories = async (
  knex: Knex,
  clientId: ClientId,
  payments: readonly PaymentId[],
): Promise<readonly ChargeHistory[]> => {
  const parameters = [bucketOf(clientId), clientId, textArray(payments.map(toUuid))];
  const { rows }: { rows: readonly HistoryRow[] } = await sanitized(knex.raw(HISTORIES, parameters));
  return rows.map(toHistory);
};

/** The history, which no other transaction changes before this one ends. */
export const lockHistory = async (
  trx: Knex,
  clientId: ClientId,
  payment: PaymentId,
): Promise<ChargeHistory | undefined> => {
  await sanitized(trx.raw(LOCK, [bucketOf(clientId), clientId, toUuid(payment)]));
  return (await readHistories(trx, clientId, [payment]))[0];
};
