import { METHODS } from "node:http";
import Router from "@koa/router";
import type {
  AdminAuthenticator,
  ApiKeyAuthenticator,
  ApiKeyUsage,
  CachedApiKeys,
  ClientRepository,
  CreateClient,
  CreatePayment,
  PaymentRepository,
  RequestQuota,
  RevokeApiKey,
  RotateApiKey,
  UpdateClient,
} from "@payments/domain";
import { AnonymousLimit } from "../authentication/anonymous-limit.ts";
import { authenticateAdmin } from "../authentication/authenticate-admin.ts";
import { authenticateClient } from "../authentication/authenticate-client.ts";
import { ClientLimit } from "../authentication/client-limit.ts";
import { Refusals } from "../authentication/failed-authentications.ts";
import { NetworkLimit, type NetworkLimitOptions } from "../authentication/network-limit.ts";
import { createClient } from "../clients/create-client.ts";
import { listClientPayments } from "../clients/list-client-payments.ts";
import { listClients } from "../clients/list-clients.ts";
import { readClient } from "../clients/read-client.ts";
import { readMe } from "../clients/read-me.ts";
import { revokeApiKey } from "../clients/revoke-api-key.ts";
import { rotateApiKey } from "../clients/rotate-api-key.ts";
import { updateClient } from "../clients/update-client.ts";
import type { Audit } from "../observability/audit.ts";
import type { Metrics } from "../observability/metrics.ts";
import { readDocs, readDocsAsset, readOpenApi } from "../openapi/docs-routes.ts";
import { livez, type NotReady, readMetrics, readyz } from "../operations/operations.ts";
import { createPaymentRoute } from "../payments/create-payment.ts";
import { listPayments } from "../payments/list-payments.ts";
import { readPayment } from "../payments/read-payment.ts";
import { allowOnly } from "./allow-only.ts";
import type { RequestState } from "./context.ts";

const methodsBut = (method: string): string[] => METHODS.filter((other) => other !== method);

export interface RouteDependencies {
  /** Answers for this very moment. */
  readonly apiKeys: ApiKeyAuthenticator;
  /** May remember a success for a while: for creating payments alone, which verifies the credential again. */
  readonly cachedApiKeys: CachedApiKeys;
  /** Told of every request that was answered for its key. */
  readonly apiKeyUsage: ApiKeyUsage;
  readonly admins: AdminAuthenticator;
  readonly clients: ClientRepository;
  readonly payments: PaymentRepository;
  readonly createClient: CreateClient;
  readonly updateClient: UpdateClient;
  readonly rotateApiKey: RotateApiKey;
  readonly revokeApiKey: RevokeApiKey;
  readonly createPayment: CreatePayment;
  /** Null: clients may make as many requests as they like. */
  readonly requestQuota: RequestQuota | null;
  readonly checkReadiness: () => Promise<NotReady | null>;
  readonly metrics: Metrics;
}

export interface RouteOptions {
  /** What stands before every path: empty, or such as `/api/v1`. */
  readonly basePath: string;
  /** Whether `GET /metrics` is served here, behind the admin token. */
  readonly metricsRoute: boolean;
  readonly failedAuthentications: NetworkLimitOptions;
  /** For requests without a credential. */
  readonly anonymousRequests: NetworkLimitOptions;
}

/** Every route of the API, apart by subject: for each request a router looks at all the routes that it has. */
export const createRouters = (dependencies: RouteDependencies, audit: Audit, options: RouteOptions) => {
  const { basePath, metricsRoute } = options;
  const { apiKeys, apiKeyUsage, admins, clients, metrics } = dependencies;
  const limit = new ClientLimit(dependencies.requestQuota);
  const refusals = new Refusals(audit, new NetworkLimit(options.failedAuthentications));
  const anonymous = new AnonymousLimit(new NetworkLimit(options.anonymousRequests));
  const authentication = { audit, anonymous, refusals, cachedApiKeys: dependencies.cachedApiKeys };
  const client = authenticateClient(apiKeys, apiKeyUsage, limit, authentication);
  const admin = authenticateAdmin(admins, audit, refusals, anonymous);
  // A method that Node knows and no route takes is not allowed (405), rather than not implemented.
  const createRouter = () => new Router<RequestState>({ prefix: basePath, methods: METHODS });

  const payments = createRouter();
  payments.post("/payments/create", createPaymentRoute({ ...dependencies, limit, authentication, basePath }));
  payments.register("/payments/create", methodsBut("POST"), allowOnly("POST"));
  payments.get("/payments", client, listPayments(dependencies.payments));
  payments.get("/payments/:id", client, readPayment(dependencies.payments));
  payments.get("/me", client, readMe(clients));

  const clientRouter = createRouter();
  clientRouter.post("/accounts", admin, createClient(dependencies.createClient, audit, basePath));
  clientRouter.get("/accounts", admin, listClients(clients));
  clientRouter.get("/accounts/:id", admin, readClient(clients, apiKeyUsage));
  clientRouter.patch("/accounts/:id", admin, updateClient(dependencies.updateClient, audit));
  clientRouter.post("/accounts/:id/api-key", admin, rotateApiKey(dependencies.rotateApiKey, audit));
  clientRouter.delete("/accounts/:id/api-key", admin, revokeApiKey(dependencies.revokeApiKey, audit));
  clientRouter.get("/accounts/:id/payments", admin, listClientPayments(clients, dependencies.payments));

  const operations = createRouter();
  operations.get("/livez", anonymous.middleware, livez);
  operations.get("/readyz", anonymous.middleware, readyz(dependencies.checkReadiness));
  if (metricsRoute) operations.get("/metrics", admin, readMetrics(metrics));
  operations.get("/openapi.json", anonymous.middleware, readOpenApi(basePath));
  operations.get("/docs", anonymous.middleware, readDocs(basePath));
  operations.get("/docs/:name", anonymous.middleware, readDocsAsset);

  return { payments, clients: clientRouter, operations, anonymous };
};
