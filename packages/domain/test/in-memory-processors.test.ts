import { describe, expect, it } from "@jest/globals";
import type { Notification, PaymentOwner } from "@payments/domain";
import {
  aFact,
  aReference,
  connectedAccountsContract,
  euros,
  expectError,
  FixedClock,
  InMemoryConnectedAccounts,
  InMemoryPaymentProcessor,
  InMemoryProcessorNotifications,
  InMemoryReceivedNotifications,
  operationsIn,
  paymentProcessorContract,
  processorNotificationsContract,
  receivedNotificationsContract,
  SequentialIds,
} from "@payments/domain/testing";

const PAYMENT_METHODS = { approved: "approved", declined: "declined", needsAction: "needs-action" };

describe.each(["test", "live"] as const)("in %s mode", (mode) => {
  paymentProcessorContract(async () => ({
    processor: new InMemoryPaymentProcessor(mode, new FixedClock()),
    paymentMethods: PAYMENT_METHODS,
    settle: async () => {},
  }));
});

processorNotificationsContract(async () => {
  const now = new FixedClock().now();
  const notifications = new InMemoryProcessorNotifications();
  const facts = [aFact("captured", "capture", euros(1_000))];
  const says: Notification[] = [{ type: "facts", id: "evt_1", payment: aReference("pi_1"), owner: null, facts }];
  return {
    notifications,
    says,
    sent: notifications.send(says, now),
    unrelated: notifications.send([], now),
    malformed: notifications.sign("{}", now),
    signatureHeader: "signature",
    now,
    toleranceMs: notifications.toleranceMs,
  };
});

receivedNotificationsContract(async () => {
  const clock = new FixedClock();
  const received = new InMemoryReceivedNotifications(clock);
  return {
    received,
    pass: async (milliseconds) => clock.advance(milliseconds),
    storePayment: async (reference) => {
      const owner = { clientId: "client-1", paymentId: "payment-1" } as PaymentOwner;
      received.owners.set(reference, owner);
      return owner;
    },
  };
});

connectedAccountsContract(async () => {
  const accounts = new InMemoryConnectedAccounts("test", new FixedClock());
  return {
    accounts,
    complete: async (account) => {
      accounts.statuses.set(account, { chargesEnabled: true, detailsSubmitted: true });
    },
    disable: async (account) => {
      accounts.statuses.set(account, { chargesEnabled: false, detailsSubmitted: true });
    },
  };
});

describe("the in-memory processor's faults", () => {
  const ids = new SequentialIds();
  const operations = operationsIn("test", () => ids.next());
  const start = () => new InMemoryPaymentProcessor("test", new FixedClock());
  const charge = () => operations.authorize("approved", "automatic");

  it.each([
    ["not-sent", "not-sent", 0],
    ["request-lost", "outcome-unknown", 0],
    ["response-lost", "outcome-unknown", 1],
    ["rate-limited", "rate-limited", 0],
  ] as const)("%s is %s and leaves %d charges", async (fault, error, charges) => {
    const processor = start();
    processor.fail(fault);
    expect(expectError(await processor.execute(charge())).type).toBe(error);
    expect(processor.ledger.size).toBe(charges);
  });

  it.each(["not-sent", "request-lost", "response-lost", "rate-limited"] as const)(
    "%s charges once when the same operation is repeated",
    async (fault) => {
      const processor = start();
      const operation = charge();
      processor.fail(fault, fault);
      for (let attempt = 0; attempt < 3; attempt++) await processor.execute(operation);
      expect([...processor.ledger.values()].map(({ captured }) => captured)).toEqual([1_000n]);
    },
  );
});
