import type {
  AuthenticationError,
  CancelPaymentError,
  CapturePaymentError,
  ChargePaymentError,
  CheckoutNotFound,
  CheckoutNotWaiting,
  ClientAlreadyExists,
  ClientNotFound,
  CreatePaymentError,
  DisputeNotFound,
  EncryptionNotConfigured,
  EventCursorUnknown,
  IssueReceiptError,
  OnboardingError,
  OnboardingTokenInvalid,
  OverlapInProgress,
  PaymentNotFound,
  RefundNotFound,
  RefundPaymentError,
  ReplayTimeRefused,
  WebhookDeliveryNotFound,
  WebhookEndpointLimitReached,
  WebhookEndpointNotFound,
  WebhookUrlRefused,
} from "@payments/domain";

import type { ResultAsync } from "neverthrow";
import type { AdminAuthenticationError } from "../authentication/admin-authentication.ts";
import { PROBLEMS, Problem } from "./problem.ts";

type DomainError =
  | AdminAuthenticationError
  | AuthenticationError
  | ClientAlreadyExists
  | ClientNotFound
  | ChargePaymentError
  | CheckoutNotFound
  | CheckoutNotWaiting
  | CreatePaymentError
  | IssueReceiptError
  | CapturePaymentError
  | CancelPaymentError
  | RefundPaymentError
  | RefundNotFound
  | OnboardingError
  | OnboardingTokenInvalid
  | DisputeNotFound
  | EventCursorUnknown
  | EncryptionNotConfigured
  | ReplayTimeRefused
  | WebhookDeliveryNotFound
  | WebhookEndpointLimitReached
  | WebhookEndpointNotFound
  | WebhookUrlRefused
  | OverlapInProgress
  | PaymentNotFound;

const NO_ADMIN_KEYS =
  "The keys that verify admin tokens cannot be fetched. Send the request again. If it fails again, tell the operator.";

const FOREIGN_CURSOR =
  "names no event of this client; send `next` of an earlier page, or leave it out to start at the oldest event";

const SANDBOX_METHODS = "The sandbox has no such payment method. Use one of these:";

/** The problem of a domain error. All failed API keys get the same problem. */
export const problemFor = (error: DomainError): Problem => {
  switch (error.type) {
    case "api-key-unknown":
    case "client-inactive":
    case "overlap-ended":
    case "credential-not-current":
      return new Problem("invalid-api-key");
    case "admin-token-invalid":
      return new Problem("invalid-admin-token");
    case "admin-role-missing":
      return new Problem("admin-role-required");
    case "client-not-found":
      return new Problem("client-not-found");
    case "client-already-exists":
      return new Problem("client-already-exists");
    case "overlap-in-progress":
      return new Problem("overlap-in-progress");
    case "payment-not-found":
      return new Problem("payment-not-found");
    case "checkout-not-found":
    case "checkout-not-waiting":
      return new Problem(error.type);
    case "refund-not-found":
    case "dispute-not-found":
      return new Problem(error.type);
    case "event-cursor-unknown":
      return new Problem("invalid-request", { errors: [{ parameter: "after", detail: FOREIGN_CURSOR }] });
    case "webhook-endpoint-not-found":
    case "webhook-delivery-not-found":
    case "webhook-endpoint-limit-reached":
    case "encryption-not-configured":
      return new Problem(error.type);
    case "webhook-url-refused":
      return new Problem("invalid-request", { errors: [{ pointer: "/url", detail: error.detail }] });
    case "replay-time-refused":
      return new Problem("invalid-request", { errors: [{ pointer: "/since", detail: error.detail }] });
    case "no-processor":
      return new Problem("processor-not-configured");
    case "payment-method-unknown":
      if (error.known === null) return new Problem(error.type);
      return new Problem(error.type, { detail: `${SANDBOX_METHODS} ${error.known.join(", ")}.` });
    case "payment-not-capturable":
    case "payment-not-cancelable":
    case "payment-not-refundable":
      return new Problem(error.type, { detail: `${PROBLEMS[error.type].detail} Its status is ${error.status}.` });
    case "amount-above-authorized":
    case "amount-above-captured":
      return new Problem(error.type, { detail: `${PROBLEMS[error.type].detail} At most ${error.remaining} is left.` });
    case "idempotency-key-reused":
      return new Problem("idempotency-key-reused");
    case "onboarding-token-invalid":
      return new Problem("onboarding-token-invalid");
    case "not-at-processor":
      return new Problem("processor-account-unavailable");
    case "refused":
      return new Problem("processor-refused", { cause: error.detail });
    case "not-sent":
    case "outcome-unknown":
      return new Problem("processor-unavailable", { cause: error.cause });
    case "rate-limited":
      return new Problem("processor-unavailable");
    case "admin-keys-unavailable":
      return new Problem("service-unavailable", { detail: NO_ADMIN_KEYS, cause: error.cause });
    case "secret-unreadable":
      return new Problem("encryption-not-configured", { cause: error });
    case "storage-unavailable":
      return new Problem("service-unavailable", { cause: error.cause });
    default:
      return error satisfies never;
  }
};

/** Rejects with the problem of the error. */
export const valueOrProblem = async <Value>(outcome: ResultAsync<Value, DomainError>): Promise<Value> => {
  const result = await outcome;
  if (result.isErr()) throw problemFor(result.error);
  return result.value;
};
