import { type ClientEvent, type Mode, rehydrateEvent, rehydratePaymentId, toPaymentJson } from "@payments/domain";
import { toPayment } from "../payments/payment-row.ts";

/** An event, with the payment that it follows from if it has no object. */
export interface EventRow {
  readonly client_id: string;
  readonly id: string;
  readonly type: string;
  readonly mode: string;
  readonly payment_id: string | null;
  readonly sequence: number | null;
  readonly object: unknown;
  readonly created_at: Date;
  readonly amount: string;
  readonly currency: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Columns of `e`, an event, and of `p`, its recorded payment. */
export const EVENT_COLUMNS = `e.client_id, e.id, e.type, coalesce(e.mode, p.mode) as mode, e.payment_id, e.sequence, e.object,
  e.created_at, p.amount, p.currency, p.description, p.metadata`;

/**
 * Joins an event `e` without an object with the columns `p` of its payment `r`. The limit of the subquery makes the
 * planner read payments by their key, also while its statistics are old.
 */
export const paymentOf = (columns: string, more = ""): string => `left join lateral (
    select ${columns} from payments r ${more}
    where e.object is null and r.bucket = e.bucket and r.client_id = e.client_id and r.id = e.id limit 1
  ) p on true`;

/** The payment, with the mode of its client. */
export const RECORDED_PAYMENT = paymentOf(
  "r.amount, r.currency, r.description, r.metadata, c.mode",
  "join clients c on c.bucket = r.bucket and c.id = r.client_id",
);

/** False for the event of a payment that was deleted by hand. */
export const HAS_OBJECT = "(e.object is not null or p.amount is not null)";

export const toEvent = (row: EventRow): ClientEvent => {
  const { id: uuid, client_id: clientId, type, mode, created_at: createdAt } = row;
  const origin = { uuid, clientId, type, mode, createdAt };
  if (row.object !== null) {
    const paymentId = row.payment_id === null ? null : rehydratePaymentId(row.payment_id);
    return rehydrateEvent({ ...origin, paymentId, sequence: row.sequence, object: row.object });
  }
  const payment = toPayment(row);
  return rehydrateEvent({
    ...origin,
    paymentId: payment.id,
    sequence: 1,
    object: toPaymentJson(payment, mode as Mode),
  });
};
