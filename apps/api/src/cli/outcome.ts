import { NotSentError } from "@payments/adapters-postgres";
import {
  type CancelPaymentError,
  type CapturePaymentError,
  type ClientAlreadyExists,
  type ClientNotFound,
  type Currency,
  type EncryptionNotConfigured,
  type EventCursorUnknown,
  type IdempotencyKeyReused,
  moneyText,
  type OverlapInProgress,
  type PaymentNotFound,
  type PaymentStatus,
  type RefundPaymentError,
  type ReviewOperationError,
  type SigningKeyNotFound,
  type StorageUnavailable,
  type WebhookDeliveryNotFound,
  type WebhookEndpointNotFound,
} from "@payments/domain";
import type { Result, ResultAsync } from "neverthrow";
import { CommandFailed, EXIT } from "../errors/command-failed.ts";
import { adviceOnRefusal, adviceOnSilence } from "../errors/report.ts";

type Failure =
  | ClientNotFound
  | ClientAlreadyExists
  | EncryptionNotConfigured
  | IdempotencyKeyReused
  | SigningKeyNotFound
  | OverlapInProgress
  | PaymentNotFound
  | EventCursorUnknown
  | WebhookDeliveryNotFound
  | WebhookEndpointNotFound
  | Exclude<CancelPaymentError | CapturePaymentError | RefundPaymentError | ReviewOperationError, StorageUnavailable>;

export const MESSAGES: Readonly<Record<Failure["type"], string>> = {
  "client-not-found": "There is no such client. `clients list` shows all clients.",
  "client-already-exists": "There is already a client with these values, and the database allows no second one.",
  "encryption-not-configured": "ENCRYPTION_KEY is not set. `openssl rand -base64 32` generates one.",
  "signing-key-not-found": "No published key has this id. `receipts keys` lists them.",
  "idempotency-key-reused":
    "This idempotency key created a client with another name, email address or mode. Use a new key for a new client.",
  "overlap-in-progress":
    "The former key still works, and this rotation would end it. `keys show` tells whether it is used. " +
    "Add --end-former to end it now, or rotate after the overlap.",
  "payment-not-found": "This client has no such payment. `payments list` shows its payments.",
  "event-cursor-unknown": "The last event that was read is deleted. Start again.",
  "webhook-endpoint-not-found": "This client has no such webhook endpoint. `webhooks list` shows its endpoints.",
  "webhook-delivery-not-found": "This endpoint was sent no such event, or it was more than 30 days ago.",
  "no-processor": "No processor charges this client's payments: set PAYMENT_PROCESSOR, or use a test client.",
  "payment-not-capturable": "This payment cannot be captured now.",
  "payment-not-cancelable": "This payment cannot be canceled now.",
  "payment-not-refundable": "This payment cannot be refunded now.",
  "amount-above-authorized": "The amount is above what is left to capture.",
  "amount-above-captured": "The amount is above what is left to refund.",
  "operation-not-in-review": "No operation of this client with this id needs a review. `payments review` lists them.",
  "processor-payment-missing": "The processor created a payment: add its id there with --processor-payment.",
  "not-at-processor": "The processor has no such payment. Nothing was changed.",
  "not-sent": "The processor could not be reached. Nothing was changed. Try again.",
  refused: "The processor refused the lookup. Nothing was changed.",
  "rate-limited": "The processor is too busy. Nothing was changed. Try again.",
  "outcome-unknown": "The processor did not answer. Nothing was changed. Try again.",
};

/** What to do about a payment whose status does not allow the change. */
const adviceOn = ({ type, status }: Extract<Failure, { readonly status: PaymentStatus }>): string => {
  if (type === "payment-not-cancelable" && status === "succeeded") return " Refund a captured payment.";
  if (type === "payment-not-refundable" && status === "authorized") return " Cancel a payment that is not captured.";
  return "";
};

/** The values of a failure. `currency` is the payment's. */
const detailOf = (error: Failure, currency: Currency | undefined): string => {
  if ("status" in error) return ` Its status is ${error.status}.${adviceOn(error)}`;
  if (!("remaining" in error) || currency === undefined) return "";
  return ` At most ${moneyText({ amount: error.remaining, currency })} is left.`;
};

/** The value of a result. Throws an error for the operator otherwise, with amounts in `currency`. */
export const found = async <Value>(
  result: ResultAsync<Value, Failure | StorageUnavailable> | Result<Value, Failure>,
  currency?: Currency,
): Promise<Value> => {
  const settled: Result<Value, Failure | StorageUnavailable> = await result;
  if (settled.isOk()) return settled.value;
  const { error } = settled;
  if (error.type === "storage-unavailable") throw error.cause;
  throw new CommandFailed(MESSAGES[error.type] + detailOf(error, currency));
};

/**
 * The same for a change. When the database is lost, the change may have been made: the command `look` shows it.
 */
export const changedBy = async <Value>(
  change: ResultAsync<Value, Failure | StorageUnavailable>,
  look: "clients show" | "clients list" | "payments show" | "webhooks list" | "receipts keys" = "clients show",
  currency?: Currency,
): Promise<Value> => {
  const settled = await change;
  if (settled.isOk() || settled.error.type !== "storage-unavailable") return found(change, currency);
  const { cause } = settled.error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice = adviceOnRefusal(cause);
  if (advice !== undefined) {
    throw new CommandFailed(
      `PostgreSQL answered and refused: ${reason}\nNothing was changed. ${advice}`,
      EXIT.unreachable,
    );
  }
  const known = cause instanceof NotSentError || /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(reason);
  throw new CommandFailed(
    known
      ? `The database could not be reached: ${reason}\nNothing was changed. ${adviceOnSilence()}`
      : `The connection to the database was lost: ${reason}\nThe change may have been made: check with \`${look}\` before you repeat it.`,
    EXIT.unreachable,
  );
};
