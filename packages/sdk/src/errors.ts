import type { Problem, ProblemCode } from "./routes.ts";

/** How a failed call ended. */
export interface Ending {
  readonly message: string;
  /** The idempotency key that every attempt carried, or null. */
  readonly idempotencyKey: string | null;
  /** Number of requests sent. */
  readonly attempts: number;
  /** See `PaymentsError.outcome`. */
  readonly outcome: "rejected" | "unknown";
}

/** The base class of this SDK's errors. None of its fields contains the API key or the admin token. */
export abstract class PaymentsError extends Error {
  /** The idempotency key that every attempt carried. A new call with it and the same body creates no second payment. */
  readonly idempotencyKey: string | null;
  /** Number of requests sent. */
  readonly attempts: number;
  /**
   * `rejected`: the service changed nothing. `unknown`: the service may have carried out one of the attempts. After an
   * unknown payment, call again with `idempotencyKey` and the same body.
   */
  readonly outcome: "rejected" | "unknown";

  constructor({ message, idempotencyKey, attempts, outcome }: Ending) {
    super(message);
    this.idempotencyKey = idempotencyKey;
    this.attempts = attempts;
    this.outcome = outcome;
  }
}

const faultLine = ({ pointer, parameter, header, detail }: NonNullable<Problem["errors"]>[number]): string =>
  `${pointer ?? parameter ?? header ?? "request"} ${detail}`;

/** The service returned a problem (RFC 9457). Check its `code` with `isProblem`. */
export class ProblemError extends PaymentsError {
  override readonly name = "ProblemError";
  /** A `ProblemCode`, or a code that is newer than this SDK. */
  readonly code: ProblemCode | (string & {});
  /** HTTP status. */
  readonly status: number;
  /** The complete problem. */
  readonly problem: Problem;

  constructor(problem: Problem, ending: Omit<Ending, "message">) {
    const { title, detail, code, requestId, errors = [] } = problem;
    const faults = errors.map((fault) => ` ${faultLine(fault)}.`).join("");
    super({ ...ending, message: `${title}: ${detail}${faults} (${code}, request ${requestId})` });
    this.code = code;
    this.status = problem.status;
    this.problem = problem;
  }
}

/** No response arrived in time, or the response does not come from this API. */
export class NoResponseError extends PaymentsError {
  override readonly name = "NoResponseError";
  readonly reason: "connection" | "timeout" | "unexpected-response";
  /** HTTP status of an unexpected response, otherwise null. */
  readonly status: number | null;

  constructor(reason: NoResponseError["reason"], status: number | null, ending: Ending) {
    super(ending);
    this.reason = reason;
    this.status = status;
  }
}

/** Whether the service returned this problem: `isProblem(error, "payment-not-found")`. */
export const isProblem = <Code extends ProblemCode>(
  error: unknown,
  code: Code,
): error is ProblemError & { readonly code: Code } => error instanceof ProblemError && error.code === code;
