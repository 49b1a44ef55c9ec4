import type Router from "@koa/router";
import { type ApiKeyAuthenticator, OnboardClient, type RequestQuota } from "@payments/domain";
import { auditRoutes } from "../audit/audit-routes.ts";
import type { AdminAuthenticator } from "../authentication/admin-authentication.ts";
import { AdminAuthentication } from "../authentication/admin-authentication.ts";
import type { CachedApiKeys } from "../authentication/cached-api-key-authenticator.ts";
import { ClientAuthentication } from "../authentication/client-authentication.ts";
import { ClientLimit } from "../authentication/client-limit.ts";
import { FailedAuthentications } from "../authentication/failed-authentications.ts";
import { type AnonymousLimit, NetworkLimit, type NetworkLimitOptions } from "../authentication/network-limit.ts";
import { clientRoutes } from "../clients/client-routes.ts";
import { onboardingPages } from "../clients/onboard-client.ts";
import { disputeRoutes } from "../disputes/dispute-routes.ts";
import { eventRoutes } from "../events/event-routes.ts";
import type { Audit } from "../observability/audit.ts";
import { readDocs, readDocsAsset, readOpenApi } from "../openapi/docs-routes.ts";
import { operationsRoutes, readMetrics, sharing } from "../operations/operations-routes.ts";
import { paymentRoutes } from "../payments/payment-routes.ts";
import { type NotificationReceiver, receiveNotification } from "../processor-webhooks/receive-notification.ts";
import { receiptRoutes } from "../receipts/receipt-routes.ts";
import { refundRoutes } from "../refunds/refund-routes.ts";
import { sandboxPages } from "../sandbox/sandbox-pages.ts";
import { sandboxRoutes } from "../sandbox/sandbox-routes.ts";
import { webhookEndpointRoutes } from "../webhook-endpoints/webhook-endpoint-routes.ts";
import type { Context, RequestState } from "./context.ts";
import { createRouter, type MountDependencies, mountRoutes } from "./mount-routes.ts";

export interface RouteDependencies extends Omit<MountDependencies, "audit"> {
  /** Reads storage every time. */
  readonly apiKeys: ApiKeyAuthenticator;
  /** For routes whose write verifies the credential again. */
  readonly cachedApiKeys: CachedApiKeys;
  readonly admins: AdminAuthenticator;
  /** Null: no limit. */
  readonly requestQuota: RequestQuota | null;
  /** Also for what `createServer` rejects. */
  readonly anonymous: AnonymousLimit;
  /** Processors that send webhooks, to `/processor-webhooks/{name}`. */
  readonly notificationReceivers?: readonly NotificationReceiver[];
}

export interface RouteOptions {
  /** The prefix of every path: empty, or such as `/api/v1`. */
  readonly basePath: string;
  /** Serves `GET /metrics` to admins. */
  readonly metricsRoute: boolean;
  /** Serves the reference page, and leads browsers to it from `/`. */
  readonly docs: boolean;
  readonly failedAuthentications: NetworkLimitOptions;
}

/** One router per noun: a router compares each request with all of its routes. */
export const createRouters = (dependencies: RouteDependencies, audit: Audit, options: RouteOptions) => {
  const { basePath, metricsRoute, docs } = options;
  const limit = new ClientLimit(dependencies.requestQuota);
  const failures = new FailedAuthentications(audit, new NetworkLimit(options.failedAuthentications));
  const { anonymous } = dependencies;
  const admin = new AdminAuthentication({ admins: dependencies.admins, anonymous, failures, audit });
  const client = new ClientAuthentication({ ...dependencies, limit, anonymous, failures, audit });
  const authenticators = { client, admin, anonymous };
  const handlers: MountDependencies = { ...dependencies, audit, checkReadiness: sharing(dependencies.checkReadiness) };
  const nouns = [
    paymentRoutes,
    refundRoutes,
    disputeRoutes,
    eventRoutes,
    webhookEndpointRoutes,
    receiptRoutes,
    clientRoutes,
    auditRoutes,
    operationsRoutes,
    sandboxRoutes,
  ];
  const routers: Router<RequestState>[] = nouns.map((routes) =>
    mountRoutes(routes, basePath, authenticators, handlers),
  );

  const pages = createRouter(basePath);
  const metrics = readMetrics(dependencies.metrics);
  if (metricsRoute) {
    pages.get("/metrics", async (ctx: Context) => {
      await admin.authenticate(ctx);
      await metrics(ctx);
    });
  }
  pages.post(
    "/processor-webhooks/:processor",
    receiveNotification(dependencies.notificationReceivers ?? [], anonymous),
  );
  pages.get("/openapi.json", anonymous.middleware, readOpenApi(basePath));
  if (docs) {
    pages.get("/docs", anonymous.middleware, readDocs(basePath));
    pages.get("/docs/:name", anonymous.middleware, readDocsAsset);
  }
  for (const [path, respond] of onboardingPages(dependencies.resolveUseCase(OnboardClient))) {
    pages.get(path, anonymous.middleware, respond);
  }
  for (const [path, respond] of sandboxPages(basePath)) pages.get(path, anonymous.middleware, respond);

  return { routers: [...routers, pages], allowedMethods: pages.allowedMethods() };
};
