import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Metrics } from "../observability/metrics.ts";
import type { Context, Next } from "../routing/context.ts";
import { isTooLong } from "../server/read-json.ts";
import type { ProblemCode } from "./problem.ts";
import { Problem, toProblemJson } from "./problem.ts";

/** Responses of the router without a body. */
const WITHOUT_BODY: Readonly<Record<number, ProblemCode>> = {
  404: "not-found",
  405: "method-not-allowed",
  501: "not-implemented",
};

const respond = (ctx: Context, problem: Problem, basePath: string, metrics: Metrics): void => {
  metrics.problemSent(problem.code);
  ctx.state.problem = problem.code;
  const { status } = problem.kind;
  ctx.status = status;
  for (const [name, value] of Object.entries(problem.headers)) ctx.set(name, value);
  // The rest of a body that is too large is not read, whatever the problem is.
  if (status === 413 || isTooLong(ctx.req)) ctx.set("Connection", "close");
  ctx.type = "application/problem+json";
  ctx.body = toProblemJson(problem, basePath, ctx.state.requestId);
};

/** Turns errors into application/problem+json (RFC 9457). Unexpected errors are logged and become a 500. */
export const problemDetails =
  (logger: Logger, basePath: string, metrics: Metrics) =>
  async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
      const code = ctx.body === undefined || ctx.body === null ? WITHOUT_BODY[ctx.status] : undefined;
      if (code !== undefined) respond(ctx, new Problem(code), basePath, metrics);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem("internal-error", { cause: error });
      if (problem.kind.status >= 500) {
        logger.error({ requestId: ctx.state.requestId, code: problem.code, err: problem.cause }, "request failed");
      }
      if (problem.kind.delayMs !== undefined) await sleep(problem.kind.delayMs);
      respond(ctx, problem, basePath, metrics);
    }
  };
