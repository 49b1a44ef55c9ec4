import type { FailureCode, NotAtProcessor, ProcessorError } from "@payments/domain";
import type Stripe from "stripe";
import { ConnectionFailed, stripeLibrary } from "./stripe-access.ts";

const FAILURE_CODES: Readonly<Record<string, FailureCode>> = {
  authentication_required: "authentication_failed",
  card_not_supported: "payment_method_invalid",
  currency_not_supported: "payment_method_invalid",
  expired_card: "card_expired",
  incorrect_cvc: "payment_method_invalid",
  incorrect_number: "payment_method_invalid",
  incorrect_zip: "payment_method_invalid",
  insufficient_funds: "insufficient_funds",
  invalid_account: "payment_method_invalid",
  invalid_cvc: "payment_method_invalid",
  invalid_expiry_month: "payment_method_invalid",
  invalid_expiry_year: "payment_method_invalid",
  invalid_number: "payment_method_invalid",
  payment_intent_authentication_failure: "authentication_failed",
  payment_method_invalid_parameter: "payment_method_invalid",
  payment_method_not_available: "payment_method_invalid",
  payment_method_provider_timeout: "card_declined",
};

/** The issuer's reason says more than Stripe's code, which is often `card_declined`. Unknown reasons are declines. */
export const toFailureCode = (reason: {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
}): FailureCode => FAILURE_CODES[reason.decline_code ?? ""] ?? FAILURE_CODES[reason.code ?? ""] ?? "card_declined";

const REJECTED_KEY =
  "Stripe rejected the secret key: check that STRIPE_SECRET_KEY (or STRIPE_TEST_SECRET_KEY) is current";

const retryAfterMs = (error: Stripe.errors.StripeError): number | null => {
  const header = error.headers?.["retry-after"];
  return typeof header === "string" && /^\d{1,5}$/.test(header) ? Number(header) * 1_000 : null;
};

/** Without Stripe's message, which may repeat the parameters. */
const describe = ({ type, code, param, requestId }: Stripe.errors.StripeError): string =>
  ["Stripe:", code ?? type, param && `(${param})`, requestId && `request ${requestId}`].filter(Boolean).join(" ");

/** Stripe also answers so to a token of the other mode or of another account. */
const isUnknownMethod = ({ code, param }: Stripe.errors.StripeError): boolean =>
  code === "resource_missing" && param === "payment_method";

/**
 * What an error of the library says about the request. A status from 500 up, an idempotency conflict, and anything that
 * is not understood leave open whether Stripe executed it.
 */
export const toProcessorError = (error: unknown): ProcessorError => {
  const unknown = (): ProcessorError => {
    const cause = error instanceof stripeLibrary().errors.StripeError ? describe(error) : error;
    return { type: "outcome-unknown", cause };
  };
  if (!(error instanceof stripeLibrary().errors.StripeError)) return unknown();
  if (error instanceof stripeLibrary().errors.StripeConnectionError) {
    const { detail } = error;
    if (!(detail instanceof ConnectionFailed)) return unknown();
    return { type: detail.isSent ? "outcome-unknown" : "not-sent", cause: detail.message };
  }
  const { statusCode } = error;
  if (statusCode === 429) return { type: "rate-limited", retryAfterMs: retryAfterMs(error) };
  if (statusCode === 401) return { type: "refused", detail: REJECTED_KEY };
  // 402 is a decline where a payment comes with it, and a refusal of the request otherwise.
  if ([400, 402, 403, 404].includes(statusCode ?? 0)) {
    const refused = { type: "refused", detail: describe(error) } as const;
    return isUnknownMethod(error) ? { ...refused, failure: "payment_method_unknown" } : refused;
  }
  return unknown();
};

const isMissing = (error: unknown): boolean =>
  error instanceof stripeLibrary().errors.StripeError && error.statusCode === 404 && error.code === "resource_missing";

/** Of a request that names one object. */
export const toLookupError = (error: unknown): NotAtProcessor | ProcessorError =>
  isMissing(error) ? { type: "not-at-processor" } : toProcessorError(error);
