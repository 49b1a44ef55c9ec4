import {
  type ChargeHistory,
  type ClientId,
  type PaymentId,
  type RefundId,
  rehydratePaymentId,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { type HistoryRow, toHistory } from "./charge-row.ts";
import { PAYMENT_COLUMNS } from "./payment-row.ts";

const OF_CHARGE = "x.bucket = c.bucket and x.client_id = c.client_id and x.payment_id = c.payment_id";

const rowsOf = (table: string, row: string, order: string): string =>
  `coalesce((select json_agg(${row} order by x.${order}) from ${table} x where ${OF_CHARGE}), '[]')`;

/** Everything that is stored of some charges, at one moment. */
const HISTORIES = `select ${PAYMENT_COLUMNS.map((column) => `p.${column}`).join(", ")},
    c.version, c.sequence, c.processor_payment,
    ${rowsOf("payment_operations", "x", "id")} as operations,
    ${rowsOf("payment_facts", "x.fact", "fingerprint")} as facts,
    ${rowsOf("refunds", "x", "id")} as refunds,
    ${rowsOf("disputes", "x", "id")} as disputes
  from unnest(?::smallint[], ?::text[], ?::uuid[]) as k (bucket, client_id, payment_id)
  join charges c on c.bucket = k.bucket and c.client_id = k.client_id and c.payment_id = k.payment_id
  join payments p on p.bucket = k.bucket and p.client_id = k.client_id and p.id = k.payment_id`;

const LOCK = "select from charges where bucket = ? and client_id = ? and payment_id = ? for update";

/** A payment with its client. Another client's payment has no history. */
export interface HistoryKey {
  readonly clientId: ClientId;
  readonly payment: PaymentId;
}

/** The histories of those payments that have a charge. */
export const readHistories = async (knex: Knex, keys: readonly HistoryKey[]): Promise<readonly ChargeHistory[]> => {
  if (keys.length === 0) return [];
  const parameters = [
    `{${keys.map(({ clientId }) => bucketOf(clientId)).join()}}`,
    textArray(keys.map(({ clientId }) => clientId)),
    textArray(keys.map(({ payment }) => toUuid(payment))),
  ];
  const { rows }: { rows: readonly HistoryRow[] } = await sanitized(knex.raw(HISTORIES, parameters));
  return rows.map(toHistory);
};

/** One outcome per key, in their order. */
export const findHistories = async (
  knex: Knex,
  keys: readonly HistoryKey[],
): Promise<readonly (ChargeHistory | undefined)[]> => {
  const histories = new Map((await readHistories(knex, keys)).map((history) => [history.payment.id, history]));
  return keys.map(({ clientId, payment }) => {
    const history = histories.get(payment);
    return history?.payment.clientId === clientId ? history : undefined;
  });
};

/** The history, which no other transaction changes before this one ends. */
export const lockHistory = async (
  trx: Knex,
  clientId: ClientId,
  payment: PaymentId,
): Promise<ChargeHistory | undefined> => {
  await sanitized(trx.raw(LOCK, [bucketOf(clientId), clientId, toUuid(payment)]));
  return (await readHistories(trx, [{ clientId, payment }]))[0];
};

/** Another client's refund has no payment. */
export const paymentOfRefund = async (knex: Knex, clientId: ClientId, id: RefundId): Promise<PaymentId | undefined> => {
  const refund = knex("refunds").where({ bucket: bucketOf(clientId), client_id: clientId, id: toUuid(id) });
  const row = await sanitized(refund.first("payment_id"));
  return row && rehydratePaymentId(row.payment_id);
};
