export { createApp, type HttpDependencies, type HttpOptions } from "./create-app.ts";
export { createMetricsServer } from "./create-metrics-server.ts";
export { createServer } from "./create-server.ts";
export { Metrics } from "./observability/metrics.ts";
export { openApiDocument } from "./openapi/document.ts";
export { PROBLEMS, type ProblemCode } from "./problem/problems.ts";
export type { RouteDependencies, RouteOptions } from "./routes/router.ts";
