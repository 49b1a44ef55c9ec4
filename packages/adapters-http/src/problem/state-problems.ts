import type { ProblemKind } from "./problem-kind.ts";

/** The request is understood, but what is stored, or the service's own state, stands against it. */
export const STATE_PROBLEMS = {
  "client-not-found": {
    status: 404,
    title: "Client not found",
    detail: "There is no client with this id.",
    meaning: "No client has the id in the path.",
    remedy: "Take the id from `POST /accounts` or `GET /accounts`.",
  },
  "payment-not-found": {
    status: 404,
    title: "Payment not found",
    detail: "There is no payment with this id.",
    meaning: "No payment of this client has the id in the path. Another client's payment looks the same as none.",
    remedy: "Take the id from `POST /payments/create` or `GET /payments`, asked with a key of the same client.",
  },
  "client-already-exists": {
    status: 409,
    title: "Client already exists",
    detail: "Another client has one of these values, and it must be unique.",
    meaning:
      "The database holds one of these values to be unique, and another client has it. Only an adopted table does, such as one with a unique email: the service itself asks for no unique name or email.",
    remedy: "Find that client with `GET /accounts`, or use another value.",
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
    detail: "This idempotency key was used for a request with another body. Use a new key for a new payment.",
    meaning: "This client has already created a payment with this idempotency key, and with another body.",
    remedy:
      "For a new payment use a new key. For a retry send exactly the first body. Keys never expire, so they must not be counted from 1 anew.",
  },
  "internal-error": {
    status: 500,
    title: "Internal error",
    detail: "The fault is ours. Tell the operator the request id; a retry with an idempotency key is safe.",
    meaning: "The service met a fault of its own. Whether a payment was stored is not known.",
    remedy:
      "Send the request again with the same idempotency key: it never pays twice. If it fails again, tell the operator the `requestId`.",
  },
  "service-unavailable": {
    status: 503,
    title: "Service unavailable",
    detail: "The database is away or busy. Send the request again, with the same idempotency key.",
    headers: { "Retry-After": "1" },
    meaning:
      "The database can't be reached or is too busy; or, of an admin's request, the keys that tokens are checked with can't be fetched. Whether a payment was stored is not always known.",
    remedy:
      "Wait as many seconds as `Retry-After` says, then send the request again with the same idempotency key: it never pays twice.",
  },
} as const satisfies Record<string, ProblemKind>;
