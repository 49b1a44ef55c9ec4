import type Stripe from "stripe";
import type { Ledger } from "./ledger.ts";
import { type Mutable, newCharge, newIntent } from "./objects.ts";
import { testPaymentMethod } from "./payment-methods.ts";
import { openDispute } from "./refunds.ts";
import type { Parameters, Shape } from "./request-parameters.ts";
import { invalid, StripeFault } from "./stripe-fault.ts";

type Intent = Mutable<Stripe.PaymentIntent>;

const CAPTURE_METHODS = ["automatic", "automatic_async", "manual"] as const;
const WITHOUT_MINOR_UNIT = new Set(["isk", "ugx"]);
const THREE_DECIMALS = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);

export const CREATE: Shape = {
  required: ["amount", "currency"],
  fields: {
    amount: "integer",
    application_fee_amount: "integer",
    automatic_payment_methods: { required: ["enabled"], fields: { enabled: "boolean", allow_redirects: "string" } },
    capture_method: "string",
    confirm: "boolean",
    currency: "string",
    description: "string",
    expand: "list",
    metadata: "map",
    payment_method: "string",
    return_url: "string",
  },
};
export const CONFIRM: Shape = {
  fields: { payment_method: "string", return_url: "string", client_secret: "string", expand: "list" },
};
export const CAPTURE: Shape = { fields: { amount_to_capture: "integer", metadata: "map", expand: "list" } };
export const CANCEL: Shape = { fields: { cancellation_reason: "string", expand: "list" } };

const unexpectedState = (intent: Intent, action: string): StripeFault =>
  invalid(
    `This PaymentIntent could not be ${action} because it has a status of ${intent.status}.`,
    "payment_intent_unexpected_state",
  );

const checkAmount = (amount: number, currency: string): void => {
  if (amount < 1)
    throw invalid("This value must be greater than or equal to 1.", "parameter_invalid_integer", "amount");
  if (amount > 99_999_999) throw invalid("Amount must be no more than 999,999.99", "amount_too_large", "amount");
  const step = WITHOUT_MINOR_UNIT.has(currency) ? 100 : THREE_DECIMALS.has(currency) ? 10 : 1;
  if (amount % step !== 0) throw invalid(`Invalid amount for ${currency}`, "parameter_invalid_integer", "amount");
};

const feeOf = (ledger: Ledger, given: Parameters, amount: number): number | null => {
  const fee = given.integer("application_fee_amount");
  if (fee === null) return null;
  const param = "application_fee_amount";
  if (ledger.account === null) throw invalid("Fees need a connected account: send Stripe-Account.", undefined, param);
  if (fee < 1 || fee > amount) throw invalid("The fee must be from 1 to the amount.", undefined, param);
  return fee;
};

/** A parameter that names a missing object is a 400; a missing object of the path is a 404. */
const unknownMethod = (id: string): StripeFault =>
  invalid(`No such PaymentMethod: '${id}'`, "resource_missing", "payment_method");

export const createIntent = (ledger: Ledger, given: Parameters): Intent => {
  const amount = given.integer("amount") ?? 0;
  const currency = given.text("currency") ?? "";
  const captureMethod = CAPTURE_METHODS.find((name) => name === (given.text("capture_method") ?? "automatic_async"));
  if (!/^[a-z]{3}$/.test(currency)) throw invalid(`Invalid currency: ${currency}`, undefined, "currency");
  if (captureMethod === undefined) throw invalid("Invalid capture_method", undefined, "capture_method");
  if (given.has("return_url") && !given.isTrue("confirm")) {
    throw invalid("return_url is only allowed with confirm=true.", undefined, "return_url");
  }
  checkAmount(amount, currency);
  const intent = newIntent({
    amount,
    currency,
    captureMethod,
    metadata: given.map("metadata"),
    fee: feeOf(ledger, given, amount),
    description: given.text("description"),
    livemode: ledger.mode === "live",
    created: ledger.seconds,
  });
  if (!given.isTrue("confirm")) {
    ledger.intents.set(intent.id, intent);
    ledger.emit("payment_intent.created", intent);
    return intent;
  }
  const method = given.text("payment_method");
  if (method === null) throw invalid("A payment method is needed to confirm.", "parameter_missing", "payment_method");
  const mayRedirect = given.map("automatic_payment_methods")["allow_redirects"] !== "never";
  if (mayRedirect && !given.has("return_url")) {
    throw invalid("This PaymentIntent accepts methods that redirect: set return_url.", undefined, "return_url");
  }
  if (testPaymentMethod(method) === undefined) throw unknownMethod(method);
  ledger.intents.set(intent.id, intent);
  ledger.emit("payment_intent.created", intent);
  return confirm(ledger, intent, method, given.text("return_url"));
};

/** A payment is captured once. The rest of the authorization is released. */
const settle = (ledger: Ledger, intent: Intent, amount: number): void => {
  const charge = ledger.chargeOf(intent);
  if (charge === null) return;
  Object.assign(intent, { status: "succeeded", amount_capturable: 0, amount_received: amount });
  Object.assign(charge, { captured: true, amount_captured: amount });
  const fee = Math.min(intent.application_fee_amount ?? 0, amount);
  charge.balance_transaction = ledger.book("charge", charge, amount, fee).id;
  ledger.emit("payment_intent.succeeded", intent);
  const status = testPaymentMethod(charge.payment_method ?? "")?.dispute;
  if (status !== undefined) openDispute(ledger, intent.id, status);
};

const decline = (ledger: Ledger, intent: Intent, method: string, code: string, declineCode: string): never => {
  const charge = newCharge(intent, method, ledger.seconds);
  Object.assign(charge, { status: "failed", paid: false, failure_code: code, failure_message: "Declined." });
  ledger.charges.set(charge.id, charge);
  const error = {
    type: "card_error",
    code,
    decline_code: declineCode,
    message: "Your card was declined.",
    charge: charge.id,
  } as const;
  Object.assign(intent, {
    status: "requires_payment_method",
    latest_charge: charge.id,
    last_payment_error: { ...error, payment_method: { id: method, object: "payment_method", type: "card" } },
  });
  ledger.emit("payment_intent.payment_failed", intent);
  throw new StripeFault(402, { ...error, payment_intent: structuredClone(intent) });
};

/** The bank approves. */
const approve = (ledger: Ledger, intent: Intent, method: string): void => {
  const charge = newCharge(intent, method, ledger.seconds);
  ledger.charges.set(charge.id, charge);
  Object.assign(intent, { latest_charge: charge.id, last_payment_error: null, next_action: null });
  if (intent.capture_method !== "manual") {
    settle(ledger, intent, intent.amount);
    return;
  }
  Object.assign(intent, { status: "requires_capture", amount_capturable: intent.amount });
  ledger.emit("payment_intent.amount_capturable_updated", intent);
};

export const confirm = (ledger: Ledger, intent: Intent, method: string, returnUrl: string | null): Intent => {
  if (!["requires_payment_method", "requires_confirmation"].includes(intent.status)) {
    throw unexpectedState(intent, "confirmed");
  }
  const behavior = testPaymentMethod(method);
  if (behavior === undefined) throw unknownMethod(method);
  intent.payment_method = method;
  if (behavior.decline) decline(ledger, intent, method, behavior.decline.code, behavior.decline.declineCode);
  if (!behavior.needsAction) {
    approve(ledger, intent, method);
    return intent;
  }
  const redirect_to_url = { url: `https://hooks.stripe.com/redirect/authenticate/${intent.id}`, return_url: returnUrl };
  intent.status = "requires_action";
  intent.last_payment_error = null;
  intent.next_action =
    returnUrl === null ? { type: "use_stripe_sdk", use_stripe_sdk: {} } : { type: "redirect_to_url", redirect_to_url };
  ledger.emit("payment_intent.requires_action", intent);
  return intent;
};

/** The payer passes the authentication of the bank, or fails it. */
export const authenticate = (ledger: Ledger, id: string, isPassed: boolean): Intent => {
  const intent = ledger.intent(id);
  if (intent.status !== "requires_action") throw unexpectedState(intent, "authenticated");
  const method = typeof intent.payment_method === "string" ? intent.payment_method : "";
  if (isPassed) {
    approve(ledger, intent, method);
    return intent;
  }
  Object.assign(intent, {
    status: "requires_payment_method",
    next_action: null,
    last_payment_error: {
      type: "invalid_request_error",
      code: "payment_intent_authentication_failure",
      message: "The provided PaymentMethod has failed authentication.",
      payment_method: { id: method, object: "payment_method", type: "card" },
    },
  });
  ledger.emit("payment_intent.payment_failed", intent);
  return intent;
};

export const capture = (ledger: Ledger, id: string, given: Parameters): Intent => {
  const intent = ledger.intent(id);
  if (intent.status !== "requires_capture") throw unexpectedState(intent, "captured");
  const amount = given.integer("amount_to_capture") ?? intent.amount_capturable;
  if (amount < 1 || amount > intent.amount_capturable) {
    throw invalid(`The amount to capture is above ${intent.amount_capturable}.`, "amount_too_large");
  }
  intent.metadata = { ...intent.metadata, ...given.map("metadata") };
  settle(ledger, intent, amount);
  return intent;
};

export const cancel = (ledger: Ledger, id: string, reason: string | null): Intent => {
  const intent = ledger.intent(id);
  if (intent.status === "succeeded" || intent.status === "canceled") throw unexpectedState(intent, "canceled");
  Object.assign(intent, {
    status: "canceled",
    amount_capturable: 0,
    canceled_at: ledger.seconds,
    cancellation_reason: reason,
    next_action: null,
  });
  ledger.emit("payment_intent.canceled", intent);
  return intent;
};
