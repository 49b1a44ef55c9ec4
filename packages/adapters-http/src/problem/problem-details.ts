import type { Logger } from "pino";
import type { Metrics } from "../observability/metrics.ts";
import type { Context, Next } from "../routing/context.ts";
import { isTooLong } from "../server/read-json.ts";
import type { ProblemCode } from "./problem.ts";
import { Problem, toProblemJson } from "./problem.ts";

/** What the router leaves without a body. */
const UNANSWERED: Readonly<Record<number, ProblemCode>> = {
  404: "not-found",
  405: "method-not-allowed",
  501: "not-implemented",
};

const answer = (ctx: Context, problem: Problem, basePath: string, metrics: Metrics): void => {
  metrics.problemAnswered(problem.code);
  ctx.state.problem = problem.code;
  const { status } = problem.kind;
  ctx.status = status;
  for (const [name, value] of Object.entries(problem.headers)) ctx.set(name, value);
  // What was not read of a body that is too large is not worth waiting for, whatever it is refused for.
  if (status === 413 || isTooLong(ctx.req)) ctx.set("Connection", "close");
  ctx.type = "application/problem+json";
  ctx.body = toProblemJson(problem, basePath, ctx.state.requestId);
};

/** Every error leaves as application/problem+json (RFC 9457). What nobody expected is logged and becomes a 500. */
export const problemDetails =
  (logger: Logger, basePath: string, metrics: Metrics) =>
  async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
      const code = ctx.body === undefined || ctx.body === null ? UNANSWERED[ctx.status] : undefined;
      if (code !== undefined) answer(ctx, new Problem(code), basePath, metrics);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem("internal-error", { cause: error });
      if (problem.kind.status >= 500) {
        logger.error({ requestId: ctx.state.requestId, code: problem.code, err: problem.cause }, "request failed");
      }
      answer(ctx, problem, basePath, metrics);
    }
  };
