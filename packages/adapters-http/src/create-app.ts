import Koa from "koa";
import type { Logger } from "pino";
import { Audit } from "./observability/audit.ts";
import { ConnectionFailures } from "./observability/connection-failures.ts";
import { observe } from "./observability/observe.ts";
import { redirectBrowsers } from "./openapi/docs-routes.ts";
import { problemDetails } from "./problem/problem-details.ts";
import type { Middleware, RequestState } from "./routing/context.ts";
import { createRouters, type RouteDependencies, type RouteOptions } from "./routing/create-routers.ts";
import { forwardedAddress, rejectRepeatedHeaders, requestId, securityHeaders } from "./server/headers.ts";

export interface HttpDependencies extends RouteDependencies {
  readonly logger: Logger;
  /** Runs before all other middleware. */
  readonly tracing?: Middleware | null;
}

export interface HttpOptions extends RouteOptions {
  /** The number of trusted proxies, whose X-Forwarded-For names the caller. */
  readonly trustProxy: number;
}

/** The API as a Koa app. `createServer` serves it. */
export const createApp = (dependencies: HttpDependencies, options: HttpOptions): Koa<RequestState> => {
  const { logger, metrics, anonymous, tracing = null } = dependencies;
  const app = new Koa<RequestState>({ proxy: options.trustProxy > 0, maxIpsCount: options.trustProxy });
  const failures = new ConnectionFailures(logger);
  // `problemDetails` handles the errors of routes, so this is a failed connection.
  app.on("error", (error: unknown) => failures.record(error));
  const audit = new Audit(logger, metrics);
  const { routers, allowedMethods } = createRouters(dependencies, audit, options);
  if (tracing !== null) app.use(tracing);
  if (options.trustProxy > 0) app.use(forwardedAddress);
  app
    .use(requestId)
    .use(securityHeaders)
    .use(observe(logger, metrics))
    .use(problemDetails(logger, options.basePath, metrics))
    .use(rejectRepeatedHeaders(anonymous));
  for (const router of routers) app.use(router.routes());
  // For all routers: each adds its matches to the context.
  app.use(anonymous.middleware).use(allowedMethods);
  if (options.docs) app.use(redirectBrowsers(options.basePath));
  return app;
};
