import type Stripe from "stripe";
import type { Ledger } from "./ledger.ts";
import { type Mutable, newDispute, newRefund } from "./objects.ts";
import { testPaymentMethod } from "./payment-methods.ts";
import type { Parameters, Shape } from "./request-parameters.ts";
import { invalid, missing } from "./stripe-fault.ts";

export const CREATE_REFUND: Shape = {
  fields: { payment_intent: "string", charge: "string", amount: "integer", metadata: "map", expand: "list" },
};

const chargeToRefund = (ledger: Ledger, given: Parameters): Mutable<Stripe.Charge> => {
  const intentId = given.text("payment_intent");
  const chargeId = given.text("charge");
  const charge = intentId === null ? ledger.charges.get(chargeId ?? "") : ledger.chargeOf(ledger.intent(intentId));
  if (!charge) throw invalid("This payment has no charge to refund.", "payment_intent_unexpected_state");
  if (!charge.captured) throw invalid("This charge has not been captured.", "charge_not_refundable");
  const disputes = [...ledger.disputes.values()].filter((dispute) => dispute.charge === charge.id);
  if (disputes.some(({ status }) => ["needs_response", "lost"].includes(status))) {
    throw invalid("The charge has been charged back; cannot issue a refund.", "charge_disputed");
  }
  return charge;
};

export const createRefund = (ledger: Ledger, given: Parameters): Stripe.Refund => {
  const charge = chargeToRefund(ledger, given);
  const remaining = charge.amount_captured - charge.amount_refunded;
  const amount = given.integer("amount") ?? remaining;
  if (remaining === 0) throw invalid("The charge has already been refunded.", "charge_already_refunded");
  if (amount < 1 || amount > remaining)
    throw invalid(`The refund is above what is left: ${remaining}.`, undefined, "amount");
  const { refund: behavior } = testPaymentMethod(charge.payment_method ?? "") ?? {};
  const status = behavior === "pending" ? "pending" : "succeeded";
  const refund = newRefund(charge, amount, given.map("metadata"), status, ledger.seconds);
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount_captured;
  ledger.refunds.set(refund.id, refund);
  ledger.book("refund", refund, -amount);
  ledger.emit("refund.created", refund);
  const response = structuredClone(refund);
  if (behavior === "fails") settleRefund(ledger, refund.id, "failed");
  return response;
};

/** The bank answers later: a pending refund succeeds, and any refund may fail. */
export const settleRefund = (ledger: Ledger, id: string, status: "succeeded" | "failed"): Stripe.Refund => {
  const refund = ledger.refunds.get(id);
  const charge = ledger.charges.get(typeof refund?.charge === "string" ? refund.charge : "");
  if (refund === undefined || charge === undefined) throw missing("refund", id);
  refund.status = status;
  if (status === "failed") {
    refund.failure_reason = "declined";
    charge.amount_refunded -= refund.amount;
    charge.refunded = false;
    ledger.book("refund_failure", refund, refund.amount);
    ledger.emit("refund.failed", refund);
  }
  ledger.emit("refund.updated", refund);
  return refund;
};

/** The payer disputes a captured payment with the bank, refunded or not. */
export const openDispute = (
  ledger: Ledger,
  intentId: string,
  status: "needs_response" | "warning_needs_response" = "needs_response",
): Stripe.Dispute => {
  const charge = ledger.chargeOf(ledger.intent(intentId));
  if (!charge?.captured) throw invalid("This charge has not been captured.");
  const dispute = newDispute(charge, status, ledger.seconds);
  ledger.disputes.set(dispute.id, dispute);
  charge.disputed = true;
  if (status === "needs_response") ledger.book("adjustment", dispute, -dispute.amount, 0, "dispute");
  ledger.emit("charge.dispute.created", dispute);
  return dispute;
};

export const closeDispute = (ledger: Ledger, id: string, outcome: "won" | "lost"): Stripe.Dispute => {
  const dispute = ledger.disputes.get(id);
  if (dispute === undefined) throw missing("dispute", id);
  dispute.status = outcome;
  if (outcome === "won") ledger.book("adjustment", dispute, dispute.amount, 0, "dispute_reversal");
  ledger.emit("charge.dispute.closed", dispute);
  return dispute;
};
