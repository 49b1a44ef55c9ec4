import type { ChargeHistory, ClaimedOperation, ClientId, Mode, PaymentId } from "@payments/domain";
import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { readHistories } from "./charge-histories.ts";
import { OPERATION_COLUMNS, type OperationRow, toOperation } from "./charge-row.ts";

const CLAIM = `update payment_operations o set
    lease_ends_at = clock_timestamp() + ? * interval '1 millisecond',
    state = case when due.state = 'deferred' then 'planned' else due.state end
  from (
    select bucket, client_id, payment_id, id, state from payment_operations
    where mode = ? and lease_ends_at <= clock_timestamp() order by lease_ends_at limit ? for update skip locked
  ) due
  where o.bucket = due.bucket and o.client_id = due.client_id and o.payment_id = due.payment_id and o.id = due.id
  returning ${OPERATION_COLUMNS.map((column) => `${column === "state" ? "due" : "o"}.${column}`).join(", ")}`;

/** One statement for each client: a statement never spans clients. */
const readAll = async (
  knex: Knex,
  payments: ReadonlyMap<ClientId, readonly PaymentId[]>,
): Promise<ReadonlyMap<PaymentId, ChargeHistory>> => {
  const histories = new Map<PaymentId, ChargeHistory>();
  for (const [clientId, ids] of payments) {
    for (const history of await readHistories(knex, clientId, ids)) histories.set(history.payment.id, history);
  }
  return histories;
};

/** Leases due operations, and reads the histories of their payments together. */
export const claimOperations = async (
  knex: Knex,
  mode: Mode,
  limit: number,
  leaseMs: number,
): Promise<readonly ClaimedOperation[]> => {
  const { rows }: { rows: readonly OperationRow[] } = await sanitized(knex.raw(CLAIM, [leaseMs, mode, limit]));
  const claimed = rows.map((row) => ({ operation: toOperation(row), state: row.state }));
  const payments = new Map<ClientId, PaymentId[]>();
  for (const { operation } of claimed) {
    const ids = payments.get(operation.clientId);
    if (ids === undefined) payments.set(operation.clientId, [operation.paymentId]);
    else ids.push(operation.paymentId);
  }
  const histories = await readAll(knex, payments);
  return claimed.flatMap(({ operation, state }) => {
    const history = histories.get(operation.paymentId);
    return history === undefined ? [] : [{ operation, state, history }];
  });
};
