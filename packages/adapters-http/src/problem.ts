import type {
  AdminRefusal,
  AuthenticationError,
  ClientAlreadyExists,
  ClientNotFound,
  CreatePaymentError,
  PaymentNotFound,
} from "@payments/domain";
import type { ResultAsync } from "neverthrow";

/** One fault of a request: where it is, and what must be sent instead. */
export interface RequestFault {
  /** RFC 6901, into the body. */
  readonly pointer?: string;
  readonly header?: string;
  readonly parameter?: string;
  readonly detail: string;
}

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every problem that a caller can meet, by its code. The codes are part of the contract: they never change. */
export const PROBLEMS = {
  "malformed-body": { status: 400, title: "Malformed body", detail: "Send one JSON document in UTF-8." },
  "malformed-request": { status: 400, title: "Malformed request", detail: "The request is not valid HTTP/1.1." },
  "invalid-request": {
    status: 400,
    title: "Invalid request",
    detail: "Correct what `errors` names, then send the request again.",
  },
  "repeated-header": { status: 400, title: "Repeated header", detail: "Send this header once." },
  "invalid-api-key": {
    status: 401,
    title: "API key refused",
    detail: "Send the API key of an active client in the header x-api-key.",
    headers: { "WWW-Authenticate": 'ApiKey realm="payments"' },
  },
  "admin-token-missing": {
    status: 401,
    title: "Admin token missing",
    detail: "Send an admin token in the header Authorization: Bearer <token>.",
    headers: { "WWW-Authenticate": 'Bearer realm="payments"' },
  },
  "invalid-admin-token": {
    status: 401,
    title: "Admin token refused",
    detail: "Send a valid admin token that has not expired.",
    headers: { "WWW-Authenticate": 'Bearer realm="payments", error="invalid_token"' },
  },
  "admin-role-required": {
    status: 403,
    title: "Admin role required",
    detail: "The token's claim `role` must be admin.",
  },
  "not-found": { status: 404, title: "Not found", detail: "There is nothing at this path. See /openapi.json." },
  "account-not-found": { status: 404, title: "Account not found", detail: "There is no account with this id." },
  "payment-not-found": { status: 404, title: "Payment not found", detail: "There is no payment with this id." },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "Use one of the methods that the header Allow names.",
  },
  "not-acceptable": { status: 406, title: "Not acceptable", detail: "Answers are application/json: accept that." },
  "request-timeout": {
    status: 408,
    title: "Request timeout",
    detail: "The request did not arrive in time: send it again.",
  },
  "account-already-exists": {
    status: 409,
    title: "Account already exists",
    detail: "Another account has one of these values, and it must be unique.",
  },
  "body-too-large": { status: 413, title: "Body too large", detail: "Send at most 65536 bytes." },
  "uri-too-long": { status: 414, title: "URI too long", detail: "Send at most 8192 characters." },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported media type",
    detail: "Send Content-Type: application/json, in UTF-8 and without a content encoding.",
  },
  "idempotency-key-reused": {
    status: 422,
    title: "Idempotency key reused",
    detail: "This idempotency key was used for a request with another body. Use a new key for a new payment.",
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    detail: "Wait as long as the header Retry-After says.",
  },
  "headers-too-large": { status: 431, title: "Headers too large", detail: "Send at most 16 KiB of headers." },
  "internal-error": {
    status: 500,
    title: "Internal error",
    detail: "The fault is ours. Tell the operator the request id; a retry with an idempotency key is safe.",
  },
  "not-implemented": { status: 501, title: "Not implemented", detail: "This method is not known here." },
  "service-unavailable": {
    status: 503,
    title: "Service unavailable",
    detail: "The database is away or busy. Send the request again, with the same idempotency key.",
    headers: { "Retry-After": "1" },
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A problem of RFC 9457 on its way to the caller. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly errors: readonly RequestFault[] | undefined;

  constructor(
    code: ProblemCode,
    more: { readonly detail?: string; readonly errors?: readonly RequestFault[]; readonly cause?: unknown } = {},
  ) {
    super(code, { cause: more.cause });
    this.code = code;
    this.kind = PROBLEMS[code];
    this.detail = more.detail ?? this.kind.detail;
    this.errors = more.errors;
  }
}

type DomainError =
  | AdminRefusal
  | AuthenticationError
  | ClientAlreadyExists
  | ClientNotFound
  | CreatePaymentError
  | PaymentNotFound;

/** What the caller is told of an error of the domain: of a refused key always the same. */
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
      return new Problem("account-not-found");
    case "client-already-exists":
      return new Problem("account-already-exists");
    case "payment-not-found":
      return new Problem("payment-not-found");
    case "idempotency-key-reused":
      return new Problem("idempotency-key-reused");
    case "storage-unavailable":
      return new Problem("service-unavailable", { cause: error.cause });
    default:
      return error satisfies never;
  }
};

/** The value, or the thrown problem that the error is to the caller. */
export const valueOrProblem = async <Value>(outcome: ResultAsync<Value, DomainError>): Promise<Value> => {
  const result = await outcome;
  if (result.isErr()) throw problemFor(result.error);
  return result.value;
};

/** The body of the answer, in the order of RFC 9457. */
export const toProblemJson = (problem: Problem, basePath: string, requestId: string): string =>
  JSON.stringify({
    type: `${basePath}/docs#${problem.code}`,
    title: problem.kind.title,
    status: problem.kind.status,
    detail: problem.detail,
    code: problem.code,
    requestId,
    errors: problem.errors,
  });
