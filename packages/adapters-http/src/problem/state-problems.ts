import type { ProblemKind } from "./problem.ts";

/** Valid requests that conflict with stored data or the state of the service. */
export const STATE_PROBLEMS = {
  "client-not-found": {
    status: 404,
    title: "Client not found",
    detail: "No client has this id. Check the id.",
    meaning: "No client has the id in the path.",
    remedy: "Take the id from `POST /accounts` or `GET /accounts`.",
  },
  "payment-not-found": {
    status: 404,
    title: "Payment not found",
    detail: "No payment of this client has this id. Check the id.",
    meaning: "No payment of this client has the id in the path. The payments of other clients get the same response.",
    remedy: "Take the id from `POST /payments/create` or `GET /payments`, with a key of the same client.",
  },
  "refund-not-found": {
    status: 404,
    title: "Refund not found",
    detail: "No refund of this client has this id. Check the id.",
    meaning: "No refund of this client has the id in the path. Another client's refund looks the same.",
    remedy: "Take the id from `POST /payments/{id}/refunds` or `GET /payments/{id}/refunds`.",
  },
  "dispute-not-found": {
    status: 404,
    title: "Dispute not found",
    detail: "No dispute of this client has this id. Check the id.",
    meaning: "No dispute of this client has the id in the path. Another client's dispute looks the same.",
    remedy: "Take the id from `GET /disputes` or from an event, with a key of the same client.",
  },
  "checkout-not-found": {
    status: 404,
    title: "Checkout not found",
    detail: "No payment in the sandbox has this client secret. Check that it is complete.",
    meaning: "The page of the sandbox was opened with a client secret that no payment has.",
    remedy: "Take `clientSecret` or `url` from the payment's `nextAction`, and keep what follows the `#`.",
  },
  "checkout-not-waiting": {
    status: 409,
    title: "Checkout not waiting",
    detail: "The payment does not wait for this step of the payer.",
    meaning: "The payer completed the step before, or the payment was canceled.",
    remedy: "Read the payment with `GET /payments/{id}`.",
  },
  "webhook-endpoint-not-found": {
    status: 404,
    title: "Webhook endpoint not found",
    detail: "No webhook endpoint of this client has this id. Check the id.",
    meaning: "No webhook endpoint of this client has the id in the path. Another client's endpoint looks the same.",
    remedy: "Take the id from `POST /webhook-endpoints` or `GET /webhook-endpoints`.",
  },
  "webhook-delivery-not-found": {
    status: 404,
    title: "Webhook delivery not found",
    detail: "This endpoint has no delivery with this id. Check the id.",
    meaning: "The endpoint has no delivery with the id in the path. Deliveries are deleted after 30 days.",
    remedy: "Take the id from `GET /webhook-endpoints/{id}/deliveries`.",
  },
  "webhook-endpoint-limit-reached": {
    status: 400,
    title: "Webhook endpoint limit reached",
    detail: "This client has 16 webhook endpoints, which is the maximum. Delete one, or change its URL.",
    meaning: "A client has at most 16 webhook endpoints, disabled ones included.",
    remedy: "Delete an endpoint with `DELETE /webhook-endpoints/{id}`, or change its URL with `PATCH`.",
  },
  "encryption-not-configured": {
    status: 409,
    title: "Encryption not configured",
    detail: "The service has no key that encrypts secrets. Ask the operator to set ENCRYPTION_KEY.",
    meaning:
      "Secrets of webhook endpoints and the key that signs receipts are stored encrypted. The service has no `ENCRYPTION_KEY`, or not the one that encrypted them.",
    remedy: "Ask the operator to set `ENCRYPTION_KEY`. Read events with `GET /events` until then.",
  },
  "processor-not-configured": {
    status: 409,
    title: "Processor not configured",
    detail: "No processor charges payments of this client's mode. Configure one, or use a test client.",
    meaning:
      "The request needs a processor, but the service only records payments of live clients unless `PAYMENT_PROCESSOR` names one.",
    remedy:
      "Set `PAYMENT_PROCESSOR`, or use a test client. To only record a payment, leave out `paymentMethod`, `capture` and `returnUrl`.",
  },
  "onboarding-token-invalid": {
    status: 404,
    title: "Onboarding token invalid",
    detail: "This page belongs to no onboarding, or the onboarding is more than 7 days old. Ask for a new link.",
    meaning:
      "The processor sent a client back to a page whose token is unknown or older than 7 days, or the client is inactive.",
    remedy: "An admin gets a new link with `POST /accounts/{id}/onboarding`.",
  },
  "processor-account-unavailable": {
    status: 409,
    title: "Connected account unavailable",
    detail: "The processor does not show this client's account to the platform. The client must grant access again.",
    meaning: "The client revoked the platform's access to its connected account, or the account was closed.",
    remedy: "Ask the client to grant access again at the processor.",
  },
  "processor-refused": {
    status: 502,
    title: "Processor refused",
    detail: "The payment processor refused the request. The service's log names the reason.",
    meaning:
      "The processor rejected the service's request: the secret key has no right for it, Connect is not activated, or `PUBLIC_URL` is no https URL.",
    remedy: "The operator finds the reason in the log by the request id. The same request fails again.",
  },
  "processor-unavailable": {
    status: 503,
    title: "Processor unavailable",
    detail: "The payment processor does not answer. Send the request again.",
    headers: { "Retry-After": "5" },
    meaning: "The processor was unreachable, too busy or did not answer in time.",
    remedy: "Send the request again after the seconds in `Retry-After`. It creates no second account.",
  },
  "payment-not-capturable": {
    status: 409,
    title: "Payment not capturable",
    detail: "This payment cannot be captured now.",
    meaning: "The payment has no open authorization, or another capture or cancellation is in progress.",
    remedy: "Read the payment. Capture it once, while its status is `authorized`.",
  },
  "payment-not-cancelable": {
    status: 409,
    title: "Payment not cancelable",
    detail: "This payment cannot be canceled now.",
    meaning: "The payment is captured, or it ended, or another capture or cancellation is in progress.",
    remedy: "Read the payment. Refund a captured payment.",
  },
  "payment-not-refundable": {
    status: 409,
    title: "Payment not refundable",
    detail: "This payment cannot be refunded now.",
    meaning: "Nothing of the payment is captured.",
    remedy: "Read the payment. Cancel a payment that is not captured.",
  },
  "amount-above-authorized": {
    status: 409,
    title: "Amount above the authorization",
    detail: "The amount is above what is left to capture.",
    meaning: "A capture takes no more than the authorized amount.",
    remedy: "Send a smaller amount, or none to capture all that is left.",
  },
  "amount-above-captured": {
    status: 409,
    title: "Amount above the captured amount",
    detail: "The amount is above what is left to refund. Refunds and disputes reduce what is left.",
    meaning:
      "All refunds of a payment together, pending ones included, never exceed its captured amount. What open and lost disputes withhold cannot be refunded.",
    remedy: "Send a smaller amount, or none to refund all that is left.",
  },
  "client-already-exists": {
    status: 409,
    title: "Client already exists",
    detail: "Another client has one of these values. Use a unique value.",
    meaning:
      "The database requires one of these values to be unique, and another client has it. Only an adopted table has such a constraint, for example a unique email.",
    remedy: "Find the other client with `GET /accounts`, or use another value.",
  },
  "overlap-in-progress": {
    status: 409,
    title: "Overlap in progress",
    detail: "The former key still works, and this rotation would end it. To end it, send `endFormerKey: true`.",
    meaning: "An earlier rotation left the former key valid for an overlap, which still runs.",
    remedy:
      "Wait until the overlap ends: `GET /accounts/{id}` returns when. Or end the former key with `DELETE /accounts/{id}/former-api-key` or with `endFormerKey`.",
  },
  "idempotency-key-reused": {
    status: 422,
    title: "Idempotency key reused",
    detail: "This idempotency key was used with another request. Use a new key for a new one.",
    meaning: "An earlier request had the same idempotency key and another body, or was about another payment.",
    remedy:
      "For a new request, use a new key. For a retry, send the first request unchanged. Keys never expire, so do not restart a counter.",
  },
  "internal-error": {
    status: 500,
    title: "Internal error",
    detail: "The service failed. Give the operator the request id. A retry with the same idempotency key is safe.",
    meaning: "The service failed. The payment may or may not be stored.",
    remedy:
      "Send the request again with the same idempotency key. It never creates a second payment. If it fails again, give the operator the `requestId`.",
  },
  "service-unavailable": {
    status: 503,
    title: "Service unavailable",
    detail: "The database is unavailable or overloaded. Send the request again with the same idempotency key.",
    headers: { "Retry-After": "1" },
    meaning:
      "The database is unreachable or overloaded. For admins: the keys that verify tokens cannot be fetched. A payment may or may not be stored.",
    remedy:
      "Wait the number of seconds in `Retry-After`, then send the request again with the same idempotency key. It never creates a second payment.",
  },
} as const satisfies Record<string, ProblemKind>;
