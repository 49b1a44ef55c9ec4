import type { ProblemKind } from "./problem.ts";

/** Invalid requests. The same request fails again. */
export const REQUEST_PROBLEMS = {
  "malformed-body": {
    status: 400,
    title: "Malformed body",
    detail: "Send one JSON document in UTF-8.",
    meaning:
      "The body is not a valid JSON document. It has invalid UTF-8, a syntax error, a duplicate key, the key `__proto__`, a number that a double cannot represent, or more than 32 levels of nesting.",
    remedy: "Create the body with a JSON library and send it in UTF-8.",
  },
  "malformed-request": {
    status: 400,
    title: "Malformed request",
    detail: "Send a valid HTTP/1.1 request with a Host header.",
    meaning: "The request is not valid HTTP/1.1, or it has no header `Host`.",
    remedy: "Use an HTTP library. Check whether a proxy changes the request.",
  },
  "invalid-request": {
    status: 400,
    title: "Invalid request",
    detail: "Correct the faults in `errors`, then send the request again.",
    meaning:
      "Fields, headers or parameters are missing, unknown or have invalid values. `errors` lists all faults, up to 100 of a body. Each has a `pointer` into the body (RFC 6901), a `header` or a `parameter`.",
    remedy: "Correct all faults in `errors`. Nothing was stored.",
  },
  "payment-method-unknown": {
    status: 400,
    title: "Payment method unknown",
    detail:
      "The processor has no such payment method. Create one in the same mode and account, and send it with a new Idempotency-Key.",
    meaning:
      "The processor does not know the token in `paymentMethod`. In the sandbox, `detail` lists the tokens, and nothing was stored. At Stripe, the token is misspelled, or belongs to the other mode or to another account. The payment was stored before Stripe was asked: it is `failed` with the failure `payment_method_unknown`.",
    remedy:
      "In the sandbox, use one of the tokens: `POST /payments/create` describes what each of them does. At Stripe, create the token with the publishable key of the same mode and, for a client with a connected account, for that account. Send it with a new `Idempotency-Key`.",
  },
  "notification-not-authentic": {
    status: 400,
    title: "Notification not authentic",
    detail: "Sign the notification with the secret of this endpoint.",
    meaning:
      "A webhook of the payment processor has no signature, a wrong one, or one that is older than 5 minutes. Nothing was stored.",
    remedy:
      "Compare the signing secret of the endpoint in Stripe's dashboard with `STRIPE_WEBHOOK_SECRET`, or with `STRIPE_CONNECT_WEBHOOK_SECRET` for connected accounts. Check that no proxy changes the body, and that the clock is right. Stripe sends the webhook again.",
  },
  "repeated-header": {
    status: 400,
    title: "Repeated header",
    detail: "Send this header once.",
    meaning:
      "`x-api-key`, `Authorization`, `Idempotency-Key`, `Content-Type` or `Host` was sent more than once, so its value is ambiguous.",
    remedy: "Send it once. A proxy may add a header that your program already sends.",
  },
  "not-found": {
    status: 404,
    title: "Not found",
    detail: "No route matches this path. The link in `type` opens the reference.",
    meaning: "No route matches this path.",
    remedy: "Compare the path with this reference. It includes the base path (`API_BASE_PATH`).",
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "Use a method in the header Allow.",
    meaning: "The path does not support this method.",
    remedy: "Use a method in the header `Allow` of the response.",
  },
  "not-acceptable": {
    status: 406,
    title: "Not acceptable",
    detail: "Accept application/json.",
    meaning: "The header `Accept` excludes `application/json`, the only format of responses.",
    remedy: "Send `Accept: application/json`, or omit the header.",
  },
  "request-timeout": {
    status: 408,
    title: "Request timeout",
    detail: "The request did not arrive in time. Send it again.",
    meaning: "Headers and body did not arrive within the time limits, so the request was not processed.",
    remedy: "Send it again. To create a payment, use the same idempotency key.",
  },
  "body-too-large": {
    status: 413,
    title: "Body too large",
    detail: "Send at most 65536 bytes.",
    meaning: "The body is larger than 64 KiB.",
    remedy: "Shorten `description` or `metadata`.",
  },
  "uri-too-long": {
    status: 414,
    title: "URI too long",
    detail: "Send at most 8192 characters.",
    meaning: "Path and query together have more than 8192 characters.",
    remedy: "Send cursors unchanged and no additional parameters.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported media type",
    detail: "Send Content-Type: application/json, in UTF-8 and without a content encoding.",
    meaning: "The headers do not declare the body as uncompressed JSON in UTF-8.",
    remedy: "Send `Content-Type: application/json` and no `Content-Encoding`.",
  },
  "headers-too-large": {
    status: 431,
    title: "Headers too large",
    detail: "Send at most 16 KiB of headers.",
    meaning: "The headers together are larger than 16 KiB.",
    remedy: "Send fewer or shorter headers. The API needs no cookies.",
  },
  "not-implemented": {
    status: 501,
    title: "Not implemented",
    detail: "Use a method of the reference.",
    meaning: "The server does not support this HTTP method on any path.",
    remedy: "Use a method of this reference.",
  },
  "unknown-transfer-coding": {
    status: 501,
    title: "Unknown transfer coding",
    detail: "Send Transfer-Encoding: chunked alone, or Content-Length.",
    meaning: "The header `Transfer-Encoding` has a coding other than `chunked`, so the end of the body is ambiguous.",
    remedy: "Send the body with `Content-Length` or with `Transfer-Encoding: chunked` alone.",
  },
} as const satisfies Record<string, ProblemKind>;
