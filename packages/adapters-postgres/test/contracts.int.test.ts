import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll } from "@jest/globals";
import { type ApiKey, type ClientId, rehydratePaymentId } from "@payments/domain";
import {
  apiKeyAuthenticatorContract,
  apiKeyUsageContract,
  auditLogContract,
  chargeChangesContract,
  chargeRepositoryContract,
  clientRepositoryContract,
  credentialsContract,
  eventFeedContract,
  FixedClock,
  onboardingTokensContract,
  operationReviewsContract,
  paymentRepositoryContract,
  receivedNotificationsContract,
  recordedMovementsContract,
  requestQuotaContract,
  SequentialIds,
  signingKeysContract,
} from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import {
  bucketOf,
  KnexAuditLog,
  KnexChargeRepository,
  KnexClientRepository,
  KnexDisputeRepository,
  KnexEventFeed,
  KnexOnboardingTokens,
  KnexOperationReviews,
  KnexPaymentRepository,
  KnexReceivedNotifications,
  KnexRecordedMovements,
  KnexSigningKeys,
  PostgresApiKeyAuthenticator,
  PostgresApiKeyUsage,
  PostgresRequestQuota,
} from "../src/index.ts";
import { testEncoder } from "./support/test-encoder.ts";
import { untilEventsVisible } from "./support/until-events-visible.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const clock = { now: () => new Date() };
const ids = new SequentialIds();
/** The time in the ids. */
const timeOfIds = new FixedClock(new Date(0x0190_0000_0000));

const emptied = async () => {
  await database.knex.raw("truncate clients, payments, api_key_usage, events");
  const usage = new PostgresApiKeyUsage(database.knex);
  return {
    usage,
    settle: () => usage.flush(),
    clients: new KnexClientRepository(database.knex, testEncoder),
    authenticator: new PostgresApiKeyAuthenticator(database.knex, testEncoder),
    payments: new KnexPaymentRepository(database.knex),
    feed: new KnexEventFeed(database.knex, { clock: timeOfIds }),
    untilVisible: () => untilEventsVisible(database.knex),
    nextUuid: () => ids.next(),
    encode: (apiKey: ApiKey) => testEncoder.encode(apiKey),
    pass: async (milliseconds: number) => {
      await database.knex.raw(
        "update clients set former_api_key_ends_at = former_api_key_ends_at - ? * interval '1 millisecond'",
        [milliseconds],
      );
    },
  };
};

clientRepositoryContract(async () => (await emptied()).clients);
apiKeyAuthenticatorContract(emptied);
paymentRepositoryContract(emptied);
apiKeyUsageContract(emptied);
auditLogContract(async () => ({ ...(await emptied()), auditLog: new KnexAuditLog(database.knex) }));
eventFeedContract(emptied);
const charges = async () => {
  await database.knex.raw("truncate charges, payment_operations, payment_facts, refunds, disputes");
  return {
    ...(await emptied()),
    charges: new KnexChargeRepository(database.knex, { ids, clock }),
    disputes: new KnexDisputeRepository(database.knex),
    reviews: new KnexOperationReviews(database.knex),
    auditLog: new KnexAuditLog(database.knex),
    movements: new KnexRecordedMovements(database.knex),
    pass: async (milliseconds: number) => {
      await database.knex.raw(
        "update payment_operations set lease_ends_at = lease_ends_at - ? * interval '1 millisecond'",
        [milliseconds],
      );
    },
  };
};
chargeRepositoryContract(charges);
chargeChangesContract(charges);
operationReviewsContract(charges);
recordedMovementsContract(charges);
credentialsContract(emptied);
signingKeysContract(async () => {
  await database.knex.raw("truncate signing_keys");
  return {
    signingKeys: new KnexSigningKeys(database.knex),
    pass: async (seconds) => {
      await database.knex.raw("update signing_keys set signs_from = signs_from - make_interval(secs => ?)", [seconds]);
    },
  };
});
requestQuotaContract(async (processes, limit, windowSeconds) => ({
  processes: Array.from(
    { length: processes },
    () => new PostgresRequestQuota(database.knex, { limit, windowSeconds, leaseTimeoutMs: 9_000 }),
  ),
  pass: (milliseconds) => setTimeout(milliseconds),
}));
receivedNotificationsContract(async () => {
  await database.knex.raw("truncate processor_notifications, charges");
  return {
    received: new KnexReceivedNotifications(database.knex),
    pass: async (milliseconds) => {
      await database.knex.raw(
        `update processor_notifications set lease_ends_at = lease_ends_at - :ms * interval '1 millisecond',
          received_at = received_at - :ms * interval '1 millisecond'`,
        { ms: milliseconds },
      );
    },
    storePayment: async (reference) => {
      const uuid = "01900000-0000-7000-8000-000000000001";
      const clientId = "client-1" as ClientId;
      const columns = { bucket: bucketOf(clientId), client_id: clientId, payment_id: uuid, version: 1, sequence: 1 };
      const amounts = { amount_captured: 0, amount_refunded: 0, amount_disputed: 0 };
      const state = { status: "processing", processor_payment: reference };
      await database.knex("charges").insert({ ...columns, ...amounts, ...state });
      return { clientId, paymentId: rehydratePaymentId(uuid) };
    },
  };
});
onboardingTokensContract(async () => ({
  tokens: new KnexOnboardingTokens(database.knex),
  pass: async (milliseconds) => {
    await database.knex.raw("update onboarding_tokens set expires_at = expires_at - ? * interval '1 millisecond'", [
      milliseconds,
    ]);
  },
}));
