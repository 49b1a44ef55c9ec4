import {
  type AdminAuthenticator,
  createApp,
  createServer,
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
  EndFormerApiKey,
  OnboardClient,
  type OnboardingPage,
  type PaymentProcessor,
  type PaymentRepository,
  type RequestQuota,
  RevokeApiKey,
  RotateApiKey,
  RunOperation,
  storageUnavailable,
  UpdateClient,
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
  InMemoryRequestQuota,
  InMemoryStorage,
  SeededApiKeys,
  SequentialIds,
} from "@payments/domain/testing";
import { errAsync, okAsync } from "neverthrow";
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
    trustProxy?: number;
    /** Wraps each port that stores. */
    around?: <Port extends object>(port: Port) => Port;
  } = {},
) => {
  const { basePath = "", around = (port) => port } = options;
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
  const lines: string[] = [];
  const accounts = { live: new InMemoryConnectedAccounts("live", clock), test: null };
  const onboardingUrlOf = (page: OnboardingPage, client: ClientId, token: string) =>
    onboardingUrl(`https://pay.example${basePath}`, page, client, token);
  const useCases: readonly object[] = [
    new CreateClient(clients, keys, ids, clock),
    new UpdateClient(clients, clock),
    new OnboardClient(clients, accounts, new InMemoryOnboardingTokens(clock), clock, onboardingUrlOf),
    new RotateApiKey(clients, keys, clock),
    new RevokeApiKey(clients, clock),
    new EndFormerApiKey(clients, clock),
    new CreatePayment(payments, ids, clock),
    new ChangeCharge(charges, run, processors, ids, clock),
    new CompleteCheckout(null, charges, run),
  ];
  const metrics = new Metrics();
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const app = createApp(
    {
      ...withCache(authenticator),
      apiKeyUsage: around(new InMemoryApiKeyUsage(storage, clock)),
      auditLog: around(new InMemoryAuditLog(storage)),
      admins,
      clients,
      payments,
      chargePayment: new ChargePayment(charges, run, ids, clock),
      charges: { repository: charges, modes: ["test"] },
      events: around(new InMemoryEventFeed(storage, clock)),
      disputes: around(new InMemoryDisputeRepository(storage)),
      processorAnswerMs: options.processorAnswerMs ?? 8_000,
      resolveUseCase: <UseCase>(useCase: UseCaseClass<UseCase>) =>
        useCases.find((one) => one instanceof useCase) as UseCase,
      requestQuota: options.clientRequests === undefined ? null : options.quotaAsks ? asking(quota) : quota,
      checkReadiness: async () => null,
      metrics,
      logger,
    },
    {
      basePath,
      trustProxy: options.trustProxy ?? 0,
      metricsRoute: true,
      docs: options.docs ?? true,
      anonymousRequests: { limit: options.anonymousRequests ?? 0, windowSeconds: options.windowSeconds ?? 60 },
      failedAuthentications: { limit: options.failures ?? 0, windowSeconds: options.windowSeconds ?? 60 },
    },
  );
  const server = createServer(app.callback(), { basePath, metrics, logger });
  const port = await listen(server);
  return {
    ...apiCaller(`http://127.0.0.1:${port}`, () => "admin", basePath),
    port,
    storage,
    clock,
    processor,
    lines,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

export type TestApp = Awaited<ReturnType<typeof startApp>>;
