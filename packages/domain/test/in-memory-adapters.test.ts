import type { ClientEvent, ClientId } from "@payments/domain";
import {
  apiKeyAuthenticatorContract,
  apiKeyUsageContract,
  auditLogContract,
  chargeChangesContract,
  chargeRepositoryContract,
  clientRepositoryContract,
  credentialsContract,
  encode,
  eventFeedContract,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryApiKeyUsage,
  InMemoryAuditLog,
  InMemoryChargeRepository,
  InMemoryClientRepository,
  InMemoryDisputeRepository,
  InMemoryEventFeed,
  InMemoryOperationReviews,
  InMemoryPaymentRepository,
  InMemoryRecordedMovements,
  InMemoryRequestQuota,
  InMemorySigningKeys,
  InMemoryStorage,
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpointRepository,
  InMemoryWebhookStorage,
  operationReviewsContract,
  paymentRepositoryContract,
  recordedMovementsContract,
  requestQuotaContract,
  SequentialIds,
  signingKeysContract,
  webhookDeliveriesContract,
  webhookEndpointRepositoryContract,
} from "@payments/domain/testing";

const ids = new SequentialIds();

const inMemory = async () => {
  const storage = new InMemoryStorage();
  let aheadMs = 0;
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  return {
    clients: new InMemoryClientRepository(storage, clock),
    authenticator: new InMemoryApiKeyAuthenticator(storage, clock),
    payments: new InMemoryPaymentRepository(storage, clock),
    auditLog: new InMemoryAuditLog(storage),
    feed: new InMemoryEventFeed(storage, new FixedClock()),
    untilVisible: async () => {},
    nextUuid: () => ids.next(),
    usage: new InMemoryApiKeyUsage(storage, clock),
    settle: async () => {},
    encode,
    pass: async (milliseconds: number) => {
      aheadMs += milliseconds;
    },
  };
};

clientRepositoryContract(async () => (await inMemory()).clients);
apiKeyAuthenticatorContract(inMemory);
paymentRepositoryContract(inMemory);
apiKeyUsageContract(inMemory);
auditLogContract(inMemory);
eventFeedContract(inMemory);
const charges = async () => {
  const storage = new InMemoryStorage();
  const clock = new FixedClock();
  return {
    clients: new InMemoryClientRepository(storage, clock),
    authenticator: new InMemoryApiKeyAuthenticator(storage, clock),
    charges: new InMemoryChargeRepository(storage, clock),
    payments: new InMemoryPaymentRepository(storage, clock),
    feed: new InMemoryEventFeed(storage, clock),
    disputes: new InMemoryDisputeRepository(storage),
    reviews: new InMemoryOperationReviews(storage, clock),
    auditLog: new InMemoryAuditLog(storage),
    movements: new InMemoryRecordedMovements(storage),
    pass: async (milliseconds: number) => clock.advance(milliseconds),
  };
};
chargeRepositoryContract(charges);
chargeChangesContract(charges);
operationReviewsContract(charges);
recordedMovementsContract(charges);
credentialsContract(inMemory);
signingKeysContract(async () => {
  const clock = new FixedClock();
  return { signingKeys: new InMemorySigningKeys(clock), pass: async (seconds) => clock.advance(seconds * 1_000) };
});
requestQuotaContract(async (processes, limit, windowSeconds) => {
  const clock = new FixedClock();
  const spent = new Map();
  return {
    processes: Array.from({ length: processes }, () => new InMemoryRequestQuota(limit, windowSeconds, clock, spent)),
    pass: async (milliseconds) => clock.advance(milliseconds),
  };
});
const inMemoryWebhooks = async () => {
  const storage = new InMemoryWebhookStorage();
  const clock = new FixedClock();
  return {
    endpoints: new InMemoryWebhookEndpointRepository(storage, clock),
    deliveries: new InMemoryWebhookDeliveries(storage, clock),
    audited: async () => storage.audited.map(({ type }) => type),
    store: async (event: ClientEvent) => void storage.events.push(event),
    events: async (clientId: ClientId) => storage.events.filter((event) => event.clientId === clientId),
    pass: async (milliseconds: number) => clock.advance(milliseconds),
  };
};
webhookEndpointRepositoryContract(inMemoryWebhooks);
webhookDeliveriesContract(inMemoryWebhooks);
