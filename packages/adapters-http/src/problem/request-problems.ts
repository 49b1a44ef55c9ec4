import type { ProblemKind } from "./problem-kind.ts";

/** The request itself can't be understood, or asks for what is not there. Sent again unchanged it fails again. */
export const REQUEST_PROBLEMS = {
  "malformed-body": {
    status: 400,
    title: "Malformed body",
    detail: "Send one JSON document in UTF-8.",
    meaning:
      "The body is not one strict JSON document: invalid UTF-8, a syntax error, a key that occurs twice, `__proto__`, a number that a double can't hold, or nesting over 32 levels.",
    remedy: "Make the body with a JSON library and send it in UTF-8.",
  },
  "malformed-request": {
    status: 400,
    title: "Malformed request",
    detail: "The request is not valid HTTP/1.1.",
    meaning: "The server could not read the request as HTTP, or it lacks the header `Host`.",
    remedy: "Use an HTTP library; look at what a proxy in between changes.",
  },
  "invalid-request": {
    status: 400,
    title: "Invalid request",
    detail: "Correct what `errors` names, then send the request again.",
    meaning:
      "Fields, headers or parameters hold values that are not allowed, are missing, or are not known. `errors` names every one of them at once, up to a hundred in a body: by `pointer` into the body (RFC 6901), by `header` or by `parameter`.",
    remedy: "Correct all that `errors` names. Nothing was stored.",
  },
  "repeated-header": {
    status: 400,
    title: "Repeated header",
    detail: "Send this header once.",
    meaning:
      "`x-api-key`, `Authorization`, `Idempotency-Key`, `Content-Type` or `Host` was sent more than once, so it is not clear which counts.",
    remedy: "Send it once. Often a proxy adds a header that the client sends already.",
  },
  "not-found": {
    status: 404,
    title: "Not found",
    detail: "There is nothing at this path. The reference is where `type` leads to.",
    meaning: "No route has this path.",
    remedy: "Compare the path with this reference, the base path (`API_BASE_PATH`) included.",
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "Use one of the methods that the header Allow names.",
    meaning: "The path exists, but not with this method.",
    remedy: "Use a method that the header `Allow` of the answer names.",
  },
  "not-acceptable": {
    status: 406,
    title: "Not acceptable",
    detail: "Answers are application/json: accept that.",
    meaning: "The header `Accept` leaves no form that this API can answer in.",
    remedy: "Send `Accept: application/json`, or no such header.",
  },
  "request-timeout": {
    status: 408,
    title: "Request timeout",
    detail: "The request did not arrive in time: send it again.",
    meaning: "Headers and body did not arrive within the server's limits, so the request was not carried out.",
    remedy: "Send it again, with the same idempotency key where it creates a payment.",
  },
  "body-too-large": {
    status: 413,
    title: "Body too large",
    detail: "Send at most 65536 bytes.",
    meaning: "The body is larger than 64 KiB.",
    remedy: "Send less: shorten `description` or `metadata`.",
  },
  "uri-too-long": {
    status: 414,
    title: "URI too long",
    detail: "Send at most 8192 characters.",
    meaning: "Path and query together are longer than 8192 characters.",
    remedy: "Send cursors as they were given, and nothing more.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported media type",
    detail: "Send Content-Type: application/json, in UTF-8 and without a content encoding.",
    meaning: "The body is announced as something else than plain JSON in UTF-8.",
    remedy: "Send `Content-Type: application/json` and no `Content-Encoding`.",
  },
  "headers-too-large": {
    status: 431,
    title: "Headers too large",
    detail: "Send at most 16 KiB of headers.",
    meaning: "All headers together are larger than 16 KiB.",
    remedy: "Send fewer or shorter headers; cookies are never needed here.",
  },
  "not-implemented": {
    status: 501,
    title: "Not implemented",
    detail: "This method is not known here.",
    meaning: "The method is one that this server does not know at all.",
    remedy: "Use a method of this reference.",
  },
  "unknown-transfer-coding": {
    status: 501,
    title: "Unknown transfer coding",
    detail: "Send Transfer-Encoding: chunked alone, or Content-Length.",
    meaning: "The header Transfer-Encoding names a coding other than chunked, so where the body ends is not certain.",
    remedy: "Send the body with `Content-Length`, or with `Transfer-Encoding: chunked` and nothing else.",
  },
} as const satisfies Record<string, ProblemKind>;
