import type { Charge } from "../payment/charge.ts";
import { type ChargeHistory, chargeOf, refundsOf } from "../payment/charge-history.ts";
import { createDisputeId, type Dispute } from "../payment/dispute.ts";
import type { Payment } from "../payment/payment.ts";
import { toDisputeJson, toPaymentJson, toRefundJson } from "../payment/payment-json.ts";
import { createRefundId, type Refund, type StoredRefund } from "../payment/refund.ts";
import { type IdGenerator, toUuid } from "../shared/ids.ts";
import { type ClientEvent, createEventId } from "./event.ts";

/** What storage writes in one step: a change of a charged payment, and the events that tell of it. */
export interface ChargeChange {
  readonly before: ChargeHistory;
  readonly after: ChargeHistory;
  readonly charge: Charge;
  readonly events: readonly ClientEvent[];
}

type DraftOf<Of> = Of extends ClientEvent ? Pick<Of, "type" | "object"> : never;
type Draft = DraftOf<ClientEvent>;

const refundDrafts = (earlier: Refund | undefined, refund: Refund): readonly Draft[] => {
  const created: Draft[] =
    earlier === undefined ? [{ type: "refund.created", object: toRefundJson({ ...refund, status: "pending" }) }] : [];
  const { status } = refund;
  return status === (earlier?.status ?? "pending") || status === "pending"
    ? created
    : [...created, { type: `refund.${status}`, object: toRefundJson(refund) }];
};

const disputeDrafts = (earlier: Dispute | undefined, dispute: Dispute): readonly Draft[] => {
  const opened: Draft[] =
    earlier === undefined ? [{ type: "dispute.opened", object: toDisputeJson({ ...dispute, status: "open" }) }] : [];
  const known = earlier ?? { ...dispute, status: "open" };
  if (known.status === dispute.status && known.money.amount === dispute.money.amount) return opened;
  const isClosed = known.status === "open" && dispute.status !== "open";
  return [...opened, { type: isClosed ? "dispute.closed" : "dispute.updated", object: toDisputeJson(dispute) }];
};

/** Refunds that were made outside this service get an id when they are first reported. */
const refundsMadeOutside = (history: ChargeHistory, { state }: Charge, ids: IdGenerator, now: Date): StoredRefund[] =>
  state.refunds
    .filter(
      ({ refundId, reference }) => refundId === null && !history.refunds.some((own) => own.reference === reference),
    )
    .map(({ reference, amount }) => ({
      id: createRefundId(ids.next()),
      paymentId: history.payment.id,
      clientId: history.payment.clientId,
      money: { ...history.payment.money, amount },
      reason: null,
      reference,
      createdAt: now,
    }));

/** A dispute that the facts no longer support stays as it was. */
const disputesOf = (history: ChargeHistory, { state }: Charge, ids: IdGenerator, now: Date): readonly Dispute[] => {
  const { id: paymentId, clientId, money } = history.payment;
  const reported = new Map(state.disputes.map((dispute) => [dispute.reference, dispute]));
  const known = history.disputes.map((dispute) => {
    const { status, amount } = reported.get(dispute.reference) ?? { status: dispute.status, ...dispute.money };
    reported.delete(dispute.reference);
    return { ...dispute, status, money: { ...money, amount } };
  });
  const added = [...reported.values()].map(({ reference, status, amount }) => ({
    id: createDisputeId(ids.next()),
    paymentId,
    clientId,
    money: { ...money, amount },
    status,
    reference,
    createdAt: now,
  }));
  return [...known, ...added];
};

/**
 * The change from one history to a later one. Each new status of the payment, of a refund and of a dispute gives one
 * event, and so does another captured amount; facts that change none of them give no event. The sequence continues without gaps. A refund that contradictory
 * reports hide and then reveal is told twice.
 */
export const changeOf = (before: ChargeHistory, later: ChargeHistory, ids: IdGenerator, now: Date): ChargeChange => {
  const [earlier, charge] = [chargeOf(before), chargeOf(later)];
  const refunds = [...later.refunds, ...refundsMadeOutside(later, charge, ids, now)];
  const disputes = disputesOf(later, charge, ids, now);
  const { payment, authorization } = later;
  const { status, amountCaptured } = charge.state;
  const drafts: Draft[] = [];
  if (status !== earlier.state.status || amountCaptured !== earlier.state.amountCaptured) {
    drafts.push({ type: `payment.${status}`, object: toPaymentJson(payment, authorization.mode, charge) });
  }
  const earlierRefunds = new Map(refundsOf(before, earlier).map((refund) => [refund.id, refund]));
  for (const refund of refundsOf({ ...later, refunds }, charge)) {
    drafts.push(...refundDrafts(earlierRefunds.get(refund.id), refund));
  }
  const earlierDisputes = new Map(before.disputes.map((dispute) => [dispute.id, dispute]));
  for (const dispute of disputes) drafts.push(...disputeDrafts(earlierDisputes.get(dispute.id), dispute));
  const events = drafts.map(
    (draft, index) =>
      ({
        ...draft,
        id: createEventId(ids.next()),
        clientId: payment.clientId,
        paymentId: payment.id,
        mode: authorization.mode,
        sequence: before.sequence + 1 + index,
        createdAt: now,
      }) as ClientEvent,
  );
  const after = {
    ...later,
    refunds,
    disputes,
    version: before.version + 1,
    sequence: before.sequence + events.length,
  };
  return { before, after, charge, events };
};

/** The first event of a payment. It has the payment's UUID. */
export const creationOf = (payment: Payment, mode: ClientEvent["mode"], charge?: Charge): ClientEvent => ({
  id: createEventId(toUuid(payment.id)),
  type: "payment.created",
  clientId: payment.clientId,
  paymentId: payment.id,
  mode,
  sequence: 1,
  object: toPaymentJson(payment, mode, charge),
  createdAt: payment.createdAt,
});
