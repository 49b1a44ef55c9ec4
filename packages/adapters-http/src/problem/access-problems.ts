import type { ProblemKind } from "./problem-kind.ts";

/** Who asks is not known, may not, or asks too often. */
export const ACCESS_PROBLEMS = {
  "invalid-api-key": {
    status: 401,
    title: "API key refused",
    detail: "Send the API key of an active client in the header x-api-key.",
    headers: { "WWW-Authenticate": 'ApiKey realm="payments"' },
    meaning:
      "The API key is missing, malformed, unknown, revoked or replaced, or its client is inactive. The answer is the same in all these cases, so that nobody learns which keys exist.",
    remedy:
      "Check that the whole key is sent in `x-api-key`. If it was rotated, use the new one. Else ask the operator, who sees the reason in the audit log under the request id. Don't retry: the answer stays the same until the key changes.",
  },
  "admin-token-missing": {
    status: 401,
    title: "Admin token missing",
    detail: "Send an admin token in the header Authorization: Bearer <token>.",
    headers: { "WWW-Authenticate": 'Bearer realm="payments"' },
    meaning: "This route is for admins, and no `Authorization` header came.",
    remedy: "Send `Authorization: Bearer <token>`. An API key does not open this route.",
  },
  "invalid-admin-token": {
    status: 401,
    title: "Admin token refused",
    detail: "Send a valid admin token that has not expired.",
    headers: { "WWW-Authenticate": 'Bearer realm="payments", error="invalid_token"' },
    meaning:
      "The token is no JWT, has expired, is signed with another key or algorithm, or its issuer or audience is not the configured one.",
    remedy: "Get a new token. If a new one is refused too, compare the issuer's settings with the service's `JWT_*`.",
  },
  "admin-role-required": {
    status: 403,
    title: "Admin role required",
    detail: "The token's claim `role` must be admin.",
    meaning: "The token is good, but its claim `role` is not `admin`.",
    remedy: 'Have a token issued with `"role": "admin"`.',
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    detail: "Wait as many seconds as the header Retry-After says.",
    meaning:
      "Your client made more requests in this window of time than its quota allows, which the header `RateLimit-Policy` names (`q` requests in `w` seconds). This one was not carried out.",
    remedy:
      "Wait as many seconds as `Retry-After` says, then send the request again, with the same idempotency key. Every answer tells in `RateLimit` how many requests are left (`r`) and when the next window begins (`t`, in seconds): slow down in time.",
  },
  "too-many-anonymous-requests": {
    status: 429,
    title: "Too many requests without a credential",
    detail: "Wait the number of seconds in the header Retry-After.",
    meaning:
      "Your address made more requests without a credential than `RATE_LIMIT_ANONYMOUS_REQUESTS` allows in a window. Requests with a valid API key or admin token are not affected.",
    remedy:
      "Wait the number of seconds in `Retry-After`, then send fewer requests. Authenticated routes have their own limit.",
  },
  "too-many-failed-authentications": {
    status: 429,
    title: "Too many failed authentications",
    detail:
      "From this address came too many credentials that were refused. Wait as many seconds as the header Retry-After says.",
    meaning:
      "Too many wrong API keys or admin tokens came from your address, or from one behind the same gateway. Until the window of time ends, API keys from there that the service has not recognised lately are not looked up, and what is refused is answered so; valid admin tokens and keys in use go on working.",
    remedy:
      "Wait as many seconds as `Retry-After` says. Then look for the program that sends wrong credentials: nothing else is limited so.",
  },
} as const satisfies Record<string, ProblemKind>;
