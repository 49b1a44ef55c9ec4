import { randomBytes } from "node:crypto";
import type Stripe from "stripe";

/** The objects can be changed by the fake only; callers get copies as JSON. */
export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Unique across restarts too, because the service stores what it was told. */
export const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString("hex")}`;

export interface IntentFields {
  readonly amount: number;
  readonly currency: string;
  readonly captureMethod: "automatic" | "automatic_async" | "manual";
  readonly metadata: Stripe.Metadata;
  readonly fee: number | null;
  readonly description: string | null;
  readonly livemode: boolean;
  readonly created: number;
}

export const newIntent = (fields: IntentFields): Mutable<Stripe.PaymentIntent> => {
  const { amount, currency, captureMethod, metadata, fee, description, livemode, created } = fields;
  const id = newId("pi");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: fee,
    automatic_payment_methods: { enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: captureMethod,
    client_secret: `${id}_secret_${randomBytes(8).toString("hex")}`,
    confirmation_method: "automatic",
    created,
    currency,
    customer: null,
    customer_account: null,
    description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode,
    managed_payments: null,
    metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_group: null,
  };
};

export const newCharge = (
  intent: Stripe.PaymentIntent,
  paymentMethod: string,
  created: number,
): Mutable<Stripe.Charge> => ({
  id: newId("ch"),
  object: "charge",
  amount: intent.amount,
  amount_captured: 0,
  amount_refunded: 0,
  application: null,
  application_fee: null,
  application_fee_amount: intent.application_fee_amount,
  balance_transaction: null,
  billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
  calculated_statement_descriptor: null,
  captured: false,
  created,
  currency: intent.currency,
  customer: null,
  description: intent.description,
  disputed: false,
  failure_balance_transaction: null,
  failure_code: null,
  failure_message: null,
  fraud_details: {},
  livemode: intent.livemode,
  metadata: intent.metadata,
  on_behalf_of: null,
  outcome: null,
  paid: true,
  payment_intent: intent.id,
  payment_method: paymentMethod,
  payment_method_details: null,
  receipt_email: null,
  receipt_number: null,
  receipt_url: null,
  refunded: false,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  status: "succeeded",
  transfer_data: null,
  transfer_group: null,
});

export const newRefund = (
  charge: Stripe.Charge,
  amount: number,
  metadata: Stripe.Metadata,
  status: string,
  created: number,
): Mutable<Stripe.Refund> => ({
  id: newId("re"),
  object: "refund",
  amount,
  balance_transaction: null,
  charge: charge.id,
  created,
  currency: charge.currency,
  customer: null,
  customer_account: null,
  metadata,
  payment_intent: charge.payment_intent,
  payment_method: charge.payment_method,
  reason: null,
  receipt_number: null,
  source_transfer_reversal: null,
  status,
  transfer_reversal: null,
});

/** Of a dispute, the service reads amount, status and payment; the evidence is left out. */
export const newDispute = (
  charge: Stripe.Charge,
  status: Stripe.Dispute["status"],
  created: number,
): Mutable<Stripe.Dispute> => ({
  id: newId("dp"),
  object: "dispute",
  amount: charge.amount_captured,
  balance_transactions: [],
  charge: charge.id,
  created,
  currency: charge.currency,
  enhanced_eligibility_types: [],
  evidence: {} as Stripe.Dispute["evidence"],
  evidence_details: {} as Stripe.Dispute["evidence_details"],
  intended_submission_method: null,
  is_charge_refundable: false,
  livemode: charge.livemode,
  metadata: {},
  payment_intent: charge.payment_intent,
  reason: "fraudulent",
  status,
});

export const newBalanceTransaction = (
  type: Stripe.BalanceTransaction["type"],
  source: { readonly id: string; readonly currency: string },
  amount: number,
  fee: number,
  created: number,
): Stripe.BalanceTransaction => ({
  id: newId("txn"),
  object: "balance_transaction",
  amount,
  available_on: created,
  balance_type: "payments",
  created,
  currency: source.currency,
  description: null,
  exchange_rate: null,
  fee,
  fee_details: [],
  net: amount - fee,
  reporting_category: type,
  source: source.id,
  status: "available",
  type,
});

export const newAccount = (
  type: Stripe.Account["type"],
  metadata: Stripe.Metadata,
  created: number,
): Mutable<Stripe.Account> => ({
  id: newId("acct").replace("acct_", "acct_1"),
  object: "account",
  capabilities: { card_payments: "inactive", transfers: "inactive" },
  charges_enabled: false,
  country: "US",
  created,
  default_currency: "usd",
  details_submitted: false,
  email: null,
  metadata,
  payouts_enabled: false,
  type,
});
