import Koa from "koa";
import type { Logger } from "pino";
import { Audit } from "./observability/audit.ts";
import { observe } from "./observability/observe.ts";
import { problemDetails } from "./problem/problem-details.ts";
import type { Middleware, RequestState } from "./routing/context.ts";
import { createRouters, type RouteDependencies, type RouteOptions } from "./routing/router.ts";
import { refuseRepeatedHeaders } from "./server/refuse-repeated-headers.ts";
import { requestId } from "./server/request-id.ts";
import { securityHeaders } from "./server/security-headers.ts";

export interface HttpDependencies extends RouteDependencies {
  readonly logger: Logger;
  /** Goes around everything else, for tracing. */
  readonly around?: Middleware | null;
}

export interface HttpOptions extends RouteOptions {
  /** How many proxies in front are trusted to say, in X-Forwarded-For, whom they forward for. */
  readonly trustProxy: number;
}

/** The API as a Koa app that listens nowhere yet: see `createServer`. */
export const createApp = (dependencies: HttpDependencies, options: HttpOptions): Koa<RequestState> => {
  const { logger, metrics, around = null } = dependencies;
  const app = new Koa<RequestState>({ proxy: options.trustProxy > 0, maxIpsCount: options.trustProxy });
  // What reaches Koa itself is a fault of the connection: the caller is gone.
  app.on("error", (error: unknown) => logger.warn({ err: error }, "connection failed"));
  const { payments, clients, operations, anonymous } = createRouters(dependencies, new Audit(logger, metrics), options);
  if (around !== null) app.use(around);
  app
    .use(requestId)
    .use(securityHeaders)
    .use(observe(logger, metrics))
    .use(problemDetails(logger, options.basePath, metrics))
    .use(refuseRepeatedHeaders)
    .use(payments.routes())
    .use(clients.routes())
    .use(operations.routes())
    .use(anonymous.middleware)
    // Of all that was matched by then, whichever router it is.
    .use(operations.allowedMethods());
  return app;
};
