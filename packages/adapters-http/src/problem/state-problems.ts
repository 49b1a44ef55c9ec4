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
    detail: "This idempotency key was used with another body. Use a new key for a new payment.",
    meaning: "This client created a payment with the same idempotency key and another body.",
    remedy:
      "For a new payment, use a new key. For a retry, send the first body unchanged. Keys never expire, so do not restart a counter.",
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
