export type { AdminAuthenticator } from "./authentication/admin-authentication.ts";
export {
  CachedApiKeyAuthenticator,
  type CachedApiKeyAuthenticatorOptions,
  type CachedApiKeys,
} from "./authentication/cached-api-key-authenticator.ts";
export { AnonymousLimit } from "./authentication/network-limit.ts";
export { onboardingUrl } from "./clients/onboard-client.ts";
export { createApp, type HttpDependencies, type HttpOptions } from "./create-app.ts";
export { Metrics } from "./observability/metrics.ts";
export { openApiDocument } from "./openapi/document.ts";
export { PROBLEMS, type ProblemCode } from "./problem/problem.ts";
export type { NotificationReceiver } from "./processor-webhooks/receive-notification.ts";
export type { Middleware } from "./routing/context.ts";
export type { RouteDependencies, RouteOptions } from "./routing/create-routers.ts";
export type { UseCaseClass } from "./routing/route.ts";
export { createMetricsServer } from "./server/create-metrics-server.ts";
export { createServer } from "./server/create-server.ts";
