import {
  type AdminAuthenticator,
  AnonymousLimit,
  createApp,
  createServer,
  type HttpDependencies,
  Metrics,
  onboardingUrl,
  type UseCaseClass,
} from "@payments/adapters-http";
import {
  type ApiKeyAuthenticator,
  ChangeCharge,
  ChargePayment,
  type ClientId,
  CompleteCheckout,
  CreateClient,
  CreatePayment,
  type EncryptedSecret,
  EndFormerApiKey,
  IssueReceipt,
  ManageWebhookEndpoints,
  OnboardClient,
  type OnboardingPage,
  type PaymentProcessor,
  type PaymentRepository,
  type RequestQuota,
  RevokeApiKey,
  RotateApiKey,
  RunOperation,
  type SecretCipher,
  storageUnavailable,
  UpdateClient,
  type WebhookSecret,
  type WebhookSecretGenerator,
  type WebhookSender,
  type WebhookUrl,
} from "@payments/domain";
import {
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryApiKeyUsage,
  InMemoryAuditLog,
  InMemoryChargeRepository,
  InMemoryClientRepository,
  InMemoryConnectedAccounts,
  InMemoryDisputeRepository,
  InMemoryEventFeed,
  InMemoryOnboardingTokens,
  InMemoryPaymentProcessor,
  InMemoryPaymentRepository,
  InMemoryReceiptSigner,
  InMemoryRequestQuota,
  InMemorySigningKeys,
  InMemoryStorage,
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpointRepository,
  InMemoryWebhookStorage,
  SeededApiKeys,
  SequentialIds,
} from "@payments/domain/testing";
import { err, errAsync, ok, okAsync } from "neverthrow";
import { pino } from "pino";
import { apiCaller } from "../../../../test/support/api-caller.ts";
import { listen } from "../../../../test/support/free-port.ts";
import { withCache } from "./cached-api-keys.ts";

/** `admin` is a valid token, `user` lacks the role, `unverifiable` cannot be verified. Others are invalid. */
const admins: AdminAuthenticator = {
  authenticate: (token) => {
    if (token === "admin") return okAsync({ subject: "ada" });
    if (token === "unverifiable") {
      return errAsync({ type: "admin-keys-unavailable", cause: new Error("secret of the key set") });
    }
    return errAsync(
      token === "user"
        ? { type: "admin-role-missing", subject: "bob" }
        : { type: "admin-token-invalid", reason: "of the test" },
    );
  },
};

/** A storage that is unavailable or has a bug. */
export const failingPayments = (failure: "away" | "bug"): PaymentRepository => {
  const fail = () => {
    if (failure === "bug") throw new TypeError("secret of the stack");
    return errAsync(storageUnavailable(new Error("secret of the database")));
  };
  return { create: fail, find: fail, list: fail };
};

const asking = (quota: RequestQuota): RequestQuota => ({
  limit: quota.limit,
  windowSeconds: quota.windowSeconds,
  take: async (id) => quota.take(id),
  giveBack: (id) => quota.giveBack(id),
});

/** Accepts https URLs. */
const webhookSender: WebhookSender = {
  parseUrl: (raw) =>
    raw.startsWith("https:") ? ok(raw as WebhookUrl) : err({ type: "invalid-value", detail: "must be an https URL" }),
  send: () => {
    throw new Error("no delivery is sent");
  },
};

const webhookSecrets: WebhookSecretGenerator = { generate: () => `whsec_${"A".repeat(43)}=` as WebhookSecret };

const plainCipher: SecretCipher = {
  encrypt: (secret, context) => `${context}/${secret}` as EncryptedSecret,
  decrypt: (encrypted, context) => ok(encrypted.slice(context.length + 1)),
};

export const startApp = async (
  options: {
    basePath?: string;
    docs?: boolean;
    authenticator?: ApiKeyAuthenticator;
    payments?: PaymentRepository;
    /** Charges the payments of test clients. Default: an `InMemoryPaymentProcessor`. */
    processor?: PaymentProcessor<"test">;
    processorAnswerMs?: number;
    clientRequests?: number;
    /** The quota returns promises, as one with a database does. */
    quotaAsks?: boolean;
    failures?: number;
    anonymousRequests?: number;
    windowSeconds?: number;
    checkReadiness?: HttpDependencies["checkReadiness"];
    trustProxy?: number;
    /** Null: no key is configured. */
    cipher?: SecretCipher | null;
    /** Wraps each port that stores. */
    around?: <Port extends object>(port: Port) => Port;
  } = {},
) => {
  const { basePath = "", windowSeconds = 60, around = (port) => port } = options;
  const storage = new InMemoryStorage();
  const clock = new FixedClock();
  const [ids, keys] = [new SequentialIds(), new SeededApiKeys()];
  const clients = around(new InMemoryClientRepository(storage, clock));
  const payments = around(options.payments ?? new InMemoryPaymentRepository(storage, clock));
  const authenticator = around(options.authenticator ?? new InMemoryApiKeyAuthenticator(storage, clock));
  const processor = new InMemoryPaymentProcessor("test", clock);
  const processors = { live: null, test: options.processor ?? processor };
  const charges = around(new InMemoryChargeRepository(storage, clock));
  const run = new RunOperation(processors, charges, clock);
  const quota = new InMemoryRequestQuota(options.clientRequests ?? 0, 60, clock);
  const webhooks = new InMemoryWebhookStorage();
  const endpoints = around(new InMemoryWebhookEndpointRepository(webhooks, clock));
  const deliveries = around(new InMemoryWebhookDeliveries(webhooks, clock));
  let wakes = 0;
  const countWake = (): void => {
    wakes += 1;
  };
  const lines: string[] = [];
  const accounts = { live: new InMemoryConnectedAccounts("live", clock), test: null };
  const onboardingUrlOf = (page: OnboardingPage, client: ClientId, token: string) =>
    onboardingUrl(`https://pay.example${basePath}`, page, client, token);
  const signingKeys = around(new InMemorySigningKeys(clock));
  const cipher = options.cipher === undefined ? plainCipher : options.cipher;
  const useCases: readonly object[] = [
    new CreateClient(clients, keys, ids, clock),
    new UpdateClient(clients, clock),
    new OnboardClient(clients, accounts, new InMemoryOnboardingTokens(clock), clock, onboardingUrlOf),
    new RotateApiKey(clients, keys, clock),
    new RevokeApiKey(clients, clock),
    new EndFormerApiKey(clients, clock),
    new CreatePayment(payments, ids, clock),
    new ChangeCharge(charges, run, processors, ids, clock),
    new ManageWebhookEndpoints(endpoints, deliveries, webhookSender, webhookSecrets, cipher, ids, clock),
    new CompleteCheckout(null, charges, run),
    new IssueReceipt(signingKeys, new InMemoryReceiptSigner(), cipher, clients, clock),
  ];
  const anonymous = new AnonymousLimit({ limit: options.anonymousRequests ?? 0, windowSeconds });
  const metrics = new Metrics();
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const app = createApp(
    {
      ...withCache(authenticator),
      apiKeyUsage: around(new InMemoryApiKeyUsage(storage, clock)),
      signingKeys,
      auditLog: around(new InMemoryAuditLog(storage)),
      admins,
      clients,
      payments,
      chargePayment: new ChargePayment(charges, run, ids, clock),
      charges,
      events: around(new InMemoryEventFeed(storage, clock)),
      disputes: around(new InMemoryDisputeRepository(storage)),
      webhooks: { endpoints, deliveries, wake: countWake },
      processorAnswerMs: options.processorAnswerMs ?? 8_000,
      resolveUseCase: <UseCase>(useCase: UseCaseClass<UseCase>) =>
        useCases.find((one) => one instanceof useCase) as UseCase,
      requestQuota: options.clientRequests === undefined ? null : options.quotaAsks ? asking(quota) : quota,
      checkReadiness: options.checkReadiness ?? (async () => null),
      anonymous,
      metrics,
      logger,
    },
    {
      basePath,
      trustProxy: options.trustProxy ?? 0,
      metricsRoute: true,
      docs: options.docs ?? true,
      failedAuthentications: { limit: options.failures ?? 0, windowSeconds },
    },
  );
  const server = createServer(app.callback(), { basePath, anonymous, metrics, logger });
  const port = await listen(server);
  return {
    ...apiCaller(`http://127.0.0.1:${port}`, () => "admin", basePath),
    port,
    storage,
    webhooks,
    wakes: () => wakes,
    clock,
    processor,
    lines,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

export type TestApp = Awaited<ReturnType<typeof startApp>>;
