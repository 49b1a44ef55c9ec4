import type { Mode, Operation, OperationOf, Refused } from "@payments/domain";
import type { Result } from "neverthrow";
import type Stripe from "stripe";
import { toStripeAmount, toStripeFee } from "./amounts.ts";
import type { Confirmation } from "./facts.ts";

/** What finds the operation again. An operation's id is its idempotency key too. */
const metadataOf = ({ id, paymentId, clientId }: Operation<Mode>) => ({
  payment_id: paymentId,
  operation_id: id,
  client_id: clientId,
});

/** Stripe accepts a return URL only with a confirmation. Without one, methods that redirect are not possible. */
const confirmationOf = ({
  paymentMethod,
  returnUrl,
}: OperationOf<Mode, "authorize">): Partial<Stripe.PaymentIntentCreateParams> => {
  if (paymentMethod === null) return { automatic_payment_methods: { enabled: true } };
  return {
    confirm: true,
    payment_method: paymentMethod,
    ...(returnUrl === null
      ? { automatic_payment_methods: { enabled: true, allow_redirects: "never" } }
      : { automatic_payment_methods: { enabled: true }, return_url: returnUrl }),
  };
};

/** A fee exists on a connected account only: the platform's own payments are the platform's in full. */
const feeOf = ({ account, fee, money }: OperationOf<Mode, "authorize">) => {
  if (account === null) return {};
  const amount = toStripeFee({ amount: fee, currency: money.currency });
  return amount > 0 ? { application_fee_amount: amount } : {};
};

/** The parameters depend on the stored operation only, so that every attempt sends the same ones. */
export const paramsOfAuthorization = (
  operation: OperationOf<Mode, "authorize">,
): Result<Stripe.PaymentIntentCreateParams, Refused> =>
  toStripeAmount(operation.money).map((amount) => {
    const confirmation: Confirmation = operation.paymentMethod === null ? "browser" : "server";
    return {
      amount,
      currency: operation.money.currency.toLowerCase(),
      capture_method: operation.capture,
      metadata: { ...metadataOf(operation), confirmation },
      ...confirmationOf(operation),
      ...feeOf(operation),
    };
  });

/** The metadata of the payment gains the capture's id; the ids of the authorization stay. */
export const paramsOfCapture = ({
  id,
  money,
}: OperationOf<Mode, "capture">): Result<Stripe.PaymentIntentCaptureParams, Refused> =>
  toStripeAmount(money).map((amount) => ({ amount_to_capture: amount, metadata: { capture_operation_id: id } }));

export const paramsOfRefund = (operation: OperationOf<Mode, "refund">, amount: number): Stripe.RefundCreateParams => ({
  payment_intent: operation.payment,
  amount,
  metadata: { ...metadataOf(operation), refund_id: operation.refundId },
});
