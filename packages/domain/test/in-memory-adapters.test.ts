import {
  apiKeyAuthenticatorContract,
  apiKeyUsageContract,
  clientRepositoryContract,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryApiKeyUsage,
  InMemoryClientRepository,
  InMemoryPaymentRepository,
  InMemoryRequestQuota,
  InMemoryStorage,
  paymentRepositoryContract,
  requestQuotaContract,
} from "@payments/domain/testing";

const inMemory = async () => {
  const storage = new InMemoryStorage();
  const clock = { now: () => new Date() };
  return {
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
requestQuotaContract(async (processes, limit, windowSeconds) => {
  const clock = new FixedClock();
  const spent = new Map();
  return {
    processes: Array.from({ length: processes }, () => new InMemoryRequestQuota(limit, windowSeconds, clock, spent)),
    pass: async (milliseconds) => clock.advance(milliseconds),
  };
});
