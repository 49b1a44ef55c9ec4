import { ACCESS_PROBLEMS } from "./access-problems.ts";
import { REQUEST_PROBLEMS } from "./request-problems.ts";
import { STATE_PROBLEMS } from "./state-problems.ts";

/** A problem code of the contract. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** The default `detail` of a response. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The response waits this long, so a caller in a loop gets few of them and takes little CPU from others. */
  readonly delayMs?: number;
  /** For the reference: the cause. */
  readonly meaning: string;
  /** For the reference: what the caller does, and whether a retry is safe. */
  readonly remedy: string;
}

/** All problems by code. Codes never change: they are part of the contract, and anchors of the reference at `/docs`. */
export const PROBLEMS = { ...REQUEST_PROBLEMS, ...ACCESS_PROBLEMS, ...STATE_PROBLEMS };

export type ProblemCode = keyof typeof PROBLEMS;

/** One fault of a request: its place, and what to send instead. */
export interface RequestFault {
  /** RFC 6901, into the body. */
  readonly pointer?: string;
  readonly header?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/** A problem of RFC 9457, thrown. It is no `Error`: the unused stack would be an eighth of the cost of a rejection. */
export class Problem {
  readonly code: ProblemCode;
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly errors: readonly RequestFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** For the log. Callers never see it. */
  readonly cause: unknown;

  constructor(
    code: ProblemCode,
    more: {
      readonly detail?: string;
      readonly errors?: readonly RequestFault[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    this.code = code;
    this.cause = more.cause;
    this.kind = PROBLEMS[code];
    this.detail = more.detail ?? this.kind.detail;
    this.errors = more.errors;
    this.headers = { ...this.kind.headers, ...more.headers };
  }
}

/** The body of the response, with the fields in the order of RFC 9457. */
export const problemBody = (problem: Problem, basePath: string, requestId: string) => ({
  type: `${basePath}/docs#${problem.code}`,
  title: problem.kind.title,
  status: problem.kind.status,
  detail: problem.detail,
  code: problem.code,
  requestId,
  errors: problem.errors,
});

export const toProblemJson = (problem: Problem, basePath: string, requestId: string): string =>
  JSON.stringify(problemBody(problem, basePath, requestId));
