import type { ClaimedOperation, Mode } from "@payments/domain";
import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { findHistories } from "./charge-histories.ts";
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

/** Leases due operations, and reads the histories of their payments together. */
export const claimOperations = async (
  knex: Knex,
  mode: Mode,
  limit: number,
  leaseMs: number,
): Promise<readonly ClaimedOperation[]> => {
  const { rows }: { rows: readonly OperationRow[] } = await sanitized(knex.raw(CLAIM, [leaseMs, mode, limit]));
  const claimed = rows.map((row) => ({ operation: toOperation(row), state: row.state }));
  const keys = claimed.map(({ operation: { clientId, paymentId } }) => ({ clientId, payment: paymentId }));
  const histories = await findHistories(knex, keys);
  return claimed.flatMap((operation, index) => {
    const history = histories[index];
    return history === undefined ? [] : [{ ...operation, history }];
  });
};
