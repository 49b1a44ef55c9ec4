import type { Problem, ProblemCode } from "./routes.ts";

/** How a request ended: that is known of every error. */
export interface Ending {
  /** The message says what happened; the rest of the line is added. */
  readonly message: string;
  /** The idempotency key that every try carried, or null where none did. */
  readonly idempotencyKey: string | null;
  /** How many requests were sent. */
  readonly tries: number;
  /** See `PaymentsError.outcome`. */
  readonly outcome: "refused" | "unknown";
}

/** What every error of this client is. None of its fields holds the API key or the admin token. */
export abstract class PaymentsError extends Error {
  /** The idempotency key that every try carried: a later call with it and the same body makes no second payment. */
  readonly idempotencyKey: string | null;
  /** How many requests were sent. */
  readonly tries: number;
  /**
   * `refused`: nothing was changed. `unknown`: one of the tries may have been carried out, though no answer says
   * so; for a payment, call again with `idempotencyKey` and the same body.
   */
  readonly outcome: "refused" | "unknown";

  constructor({ message, idempotencyKey, tries, outcome }: Ending) {
    super(message);
    this.idempotencyKey = idempotencyKey;
    this.tries = tries;
    this.outcome = outcome;
  }
}

const faultLine = ({ pointer, parameter, header, detail }: NonNullable<Problem["errors"]>[number]): string =>
  `${pointer ?? parameter ?? header ?? "request"} ${detail}`;

/** The service answered with a problem (RFC 9457). Decide by `code`, best with `isProblem`. */
export class ProblemError extends PaymentsError {
  override readonly name = "ProblemError";
  /** One of `ProblemCode`, or a code that is newer than this client. */
  readonly code: ProblemCode | (string & {});
  /** HTTP status. */
  readonly status: number;
  /** The whole problem, as it was answered. */
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

/** No answer came that could be understood: none at all, none in time, or one that is not of this API. */
export class NoAnswerError extends PaymentsError {
  override readonly name = "NoAnswerError";
  readonly reason: "connection" | "timeout" | "unexpected-answer";
  /** HTTP status of an unexpected answer, else null. */
  readonly status: number | null;

  constructor(reason: NoAnswerError["reason"], status: number | null, ending: Ending) {
    super(ending);
    this.reason = reason;
    this.status = status;
  }
}

/** Whether the service answered with this problem: `isProblem(error, "payment-not-found")`. */
export const isProblem = <Code extends ProblemCode>(
  error: unknown,
  code: Code,
): error is ProblemError & { readonly code: Code } => error instanceof ProblemError && error.code === code;
