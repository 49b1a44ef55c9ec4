import type { ProblemKind } from "./problem.ts";

/** Authentication, permission and rate limits. */
export const ACCESS_PROBLEMS = {
  "invalid-api-key": {
    status: 401,
    title: "Invalid API key",
    detail: "Send the API key of an active client in the header x-api-key.",
    headers: { "WWW-Authenticate": 'ApiKey realm="payments"' },
    meaning:
      "The API key is missing, malformed, unknown, revoked or replaced, or its client is inactive. All of these cases get the same response, so that it does not reveal which keys exist.",
    remedy:
      "Check that `x-api-key` contains the whole key. If the key was rotated, use the new one. Otherwise ask the operator, who finds the reason in the audit log by the request id. Do not retry with the same key.",
  },
  "admin-token-missing": {
    status: 401,
    title: "Admin token missing",
    detail: "Send an admin token in the header Authorization: Bearer <token>.",
    headers: { "WWW-Authenticate": 'Bearer realm="payments"' },
    meaning: "This route requires an admin token, and the request has no `Authorization` header.",
    remedy: "Send `Authorization: Bearer <token>`. API keys are not accepted here.",
  },
  "invalid-admin-token": {
    status: 401,
    title: "Invalid admin token",
    detail: "Send a valid admin token that has not expired.",
    headers: { "WWW-Authenticate": 'Bearer realm="payments", error="invalid_token"' },
    meaning:
      "The token is not a JWT, has expired, is signed with another key or algorithm, or has another issuer or audience than configured.",
    remedy:
      "Get a new token. If it is rejected too, compare the issuer's settings with the service's `JWT_*` settings.",
  },
  "admin-role-required": {
    status: 403,
    title: "Admin role required",
    detail: "Use a token whose claim `role` is admin.",
    meaning: "The token is valid, but its claim `role` is not `admin`.",
    remedy: 'Request a token with `"role": "admin"`.',
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    detail: "Wait the number of seconds in the header Retry-After.",
    meaning:
      "Your client made more requests in this window than its quota allows. The header `RateLimit-Policy` shows the quota: `q` requests in `w` seconds. This request was not processed.",
    remedy:
      "Wait the number of seconds in `Retry-After`, then send the request again with the same idempotency key. The header `RateLimit` of every response shows how many requests remain (`r`) and the seconds until the next window (`t`). Slow down before none remain.",
  },
  "too-many-anonymous-requests": {
    status: 429,
    title: "Too many requests without a credential",
    detail: "Wait the number of seconds in the header Retry-After.",
    delayMs: 1_000,
    meaning:
      "Your address made more requests without a credential than `RATE_LIMIT_ANONYMOUS_REQUESTS` allows in a window. Malformed requests count too. Requests with a valid API key or admin token to the routes that need one are not affected.",
    remedy:
      "Wait the number of seconds in `Retry-After`, then send fewer requests. Authenticated routes have their own limit.",
  },
  "too-many-failed-authentications": {
    status: 429,
    title: "Too many failed authentications",
    detail: "Too many failed authentications from this address. Wait the number of seconds in the header Retry-After.",
    delayMs: 1_000,
    meaning:
      "Your address, or another one behind the same gateway, sent too many invalid API keys or admin tokens. Until the window ends, failed authentications from there get this response, and so do API keys that were not used recently. Valid admin tokens and recently used API keys still work.",
    remedy: "Wait the number of seconds in `Retry-After`. Find the program that sends invalid credentials.",
  },
} as const satisfies Record<string, ProblemKind>;
