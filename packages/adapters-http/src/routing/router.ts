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
import type { RequestState } from "./context.ts";
import { AnonymousLimit } from "../authentication/anonymous-limit.ts";
import { authenticateAdmin } from "../authentication/authenticate-admin.ts";
import { authenticateClient } from "../authentication/authenticate-client.ts";
import { ClientLimit } from "../authentication/client-limit.ts";
import { NetworkLimit, type NetworkLimitOptions } from "../authentication/network-limit.ts";
import { Refusals } from "../authentication/failed-authentications.ts";
import type { Audit } from "../observability/audit.ts";
import type { Metrics } from "../observability/metrics.ts";
import { createAccount } from "../clients/create-client.ts";
import { listAccountPayments } from "../clients/list-client-payments.ts";
import { listAccounts } from "../clients/list-clients.ts";
import { readAccount } from "../clients/read-client.ts";
import { revokeApiKey } from "../clients/revoke-api-key.ts";
import { rotateApiKey } from "../clients/rotate-api-key.ts";
import { updateAccount } from "../clients/update-client.ts";
import { allowOnly } from "./allow-only.ts";
import { readDocs, readDocsAsset, readOpenApi } from "../openapi/docs-routes.ts";
import { readMe } from "../clients/read-me.ts";
import { livez, type NotReady, readMetrics, readyz } from "../operations/operations.ts";
import { createPaymentRoute } from "../payments/create-payment.ts";
import { listPayments } from "../payments/list-payments.ts";
import { readPayment } from "../payments/read-payment.ts";

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

  const accounts = createRouter();
  accounts.post("/accounts", admin, createAccount(dependencies.createClient, audit, basePath));
  accounts.get("/accounts", admin, listAccounts(clients));
  accounts.get("/accounts/:id", admin, readAccount(clients, apiKeyUsage));
  accounts.patch("/accounts/:id", admin, updateAccount(dependencies.updateClient, audit));
  accounts.post("/accounts/:id/api-key", admin, rotateApiKey(dependencies.rotateApiKey, audit));
  accounts.delete("/accounts/:id/api-key", admin, revokeApiKey(dependencies.revokeApiKey, audit));
  accounts.get("/accounts/:id/payments", admin, listAccountPayments(clients, dependencies.payments));

  const operations = createRouter();
  operations.get("/livez", anonymous.middleware, livez);
  operations.get("/readyz", anonymous.middleware, readyz(dependencies.checkReadiness));
  if (metricsRoute) operations.get("/metrics", admin, readMetrics(metrics));
  operations.get("/openapi.json", anonymous.middleware, readOpenApi(basePath));
  operations.get("/docs", anonymous.middleware, readDocs(basePath));
  operations.get("/docs/:name", anonymous.middleware, readDocsAsset);

  return { payments, accounts, operations, anonymous };
};
