import {
  apiKeyAuthenticatorContract,
  apiKeyUsageContract,
  clientRepositoryContract,
  InMemoryApiKeyAuthenticator,
  InMemoryApiKeyUsage,
  InMemoryClientRepository,
  InMemoryPaymentRepository,
  InMemoryStorage,
  paymentRepositoryContract,
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
