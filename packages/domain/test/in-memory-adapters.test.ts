import {
  apiKeyAuthenticatorContract,
  apiKeyUsageContract,
  clientRepositoryContract,
  credentialsContract,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryApiKeyUsage,
  InMemoryClientRepository,
  InMemoryPaymentRepository,
  InMemoryRequestQuota,
  InMemoryStorage,
  encode as inMemoryEncode,
  paymentRepositoryContract,
  requestQuotaContract,
} from "@payments/domain/testing";

const inMemory = async () => {
  const storage = new InMemoryStorage();
  const clock = { now: () => new Date() };
  return {
    storage,
    clients: new InMemoryClientRepository(storage),
    authenticator: new InMemoryApiKeyAuthenticator(storage, clock),
    payments: new InMemoryPaymentRepository(storage, clock),
    usage: new InMemoryApiKeyUsage(storage, clock),
    settle: async () => {},
  };
};

clientRepositoryContract(async () => (await inMemory()).clients);
apiKeyAuthenticatorContract(inMemory);
paymentRepositoryContract(inMemory);
apiKeyUsageContract(inMemory);
credentialsContract(async () => {
  const adapters = await inMemory();
  return {
    ...adapters,
    encode: inMemoryEncode,
    pass: async (milliseconds) => {
      for (const stored of adapters.storage.clients.values()) {
        const { credentials } = stored;
        if (credentials.type !== "overlap") continue;
        stored.credentials = { ...credentials, endsAt: new Date(credentials.endsAt.getTime() - milliseconds) };
      }
    },
  };
});
requestQuotaContract(async (processes, limit, windowSeconds) => {
  const clock = new FixedClock();
  const spent = new Map();
  return {
    processes: Array.from({ length: processes }, () => new InMemoryRequestQuota(limit, windowSeconds, clock, spent)),
    pass: async (milliseconds) => clock.advance(milliseconds),
  };
});
