import type { ProblemKind } from "./problem-kind.ts";
import { PROBLEMS, type ProblemCode } from "./problems.ts";

/** One fault of a request: where it is, and what must be sent instead. */
export interface RequestFault {
  /** RFC 6901, into the body. */
  readonly pointer?: string;
  readonly header?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/**
 * A problem of RFC 9457 on its way to the caller. Thrown, and yet no `Error`: an eighth of what a refusal costs would go
 * into a stack that nobody reads.
 */
export class Problem {
  readonly code: ProblemCode;
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly errors: readonly RequestFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** What went wrong, for the log alone. */
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
